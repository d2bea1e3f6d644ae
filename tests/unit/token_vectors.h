// SPDX-License-Identifier: Apache-2.0
#ifndef UNIT_TOKEN_VECTORS_H
#define UNIT_TOKEN_VECTORS_H

#include "token/token.h"

// Made by Python's hmac and by the openssl program, not by libjwt: secret "s3cret" for kid k1, the
// P-256 key below for kid e1. Claims, unless a name says otherwise: jti t1, sub alice, room lobby,
// speak, listen, relay, iat and nbf 1800000000, exp 1800000600.

static const char hs256[] =
	"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImsxIn0.eyJqdGkiOiJ0MSIsInN1YiI6ImFsaWNlIiwi"
	"cm9vbSI6ImxvYmJ5Iiwic3BlYWsiOnRydWUsImxpc3RlbiI6dHJ1ZSwicmVsYXkiOnRydWUsImlhdCI6MTgwMDAw"
	"MDAwMCwibmJmIjoxODAwMDAwMDAwLCJleHAiOjE4MDAwMDA2MDB9.oPdd3Erbre9crLSmBTEjekagqEkT0FpErg7"
	"Qox3_Y9U";

static const char es256[] =
	"eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImUxIn0.eyJqdGkiOiJ0MSIsInN1YiI6ImFsaWNlIiwi"
	"cm9vbSI6ImxvYmJ5Iiwic3BlYWsiOnRydWUsImxpc3RlbiI6dHJ1ZSwicmVsYXkiOnRydWUsImlhdCI6MTgwMDAw"
	"MDAwMCwibmJmIjoxODAwMDAwMDAwLCJleHAiOjE4MDAwMDA2MDB9.fcHWf3NlxmVJg7jlEF1U85iw49zYXd26LAM"
	"5sIsT8T7Bf9ePjhDzWpsG8fYYm-i7nPexsnOfPImz_BjJmS7pTQ";

static const char public_pem[] =
	"-----BEGIN PUBLIC KEY-----\n"
	"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEow307RH88nO0sWFIXtCtXZqH13e4\n"
	"9Fv4k8yQjLqlS9zN1rlX6k+CxTC/UAk0rJKukFlPNBT5ey3b9fA7DJxtDg==\n"
	"-----END PUBLIC KEY-----\n";

static const char private_pem[] =
	"-----BEGIN EC PRIVATE KEY-----\n"
	"MHcCAQEEIBtIF44DCUvW8WPrtgbgpGNrWRDZESsbIerxBF1eVMTboAoGCCqGSM49\n"
	"AwEHoUQDQgAEow307RH88nO0sWFIXtCtXZqH13e49Fv4k8yQjLqlS9zN1rlX6k+C\n"
	"xTC/UAk0rJKukFlPNBT5ey3b9fA7DJxtDg==\n"
	"-----END EC PRIVATE KEY-----\n";

static const char p384_pem[] = "-----BEGIN PUBLIC KEY-----\n"
			       "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAE1KL3qnzzbu5rSq+wL73gx1udGDIhKOHX\n"
			       "Zh2eCNyfh//YSeNnr0gb17mCkfxjSsHcBcBpLC1NnnUuzaSwper/dU36RsLCJf3L\n"
			       "tNP1UKZlc+9aoKjVZg8ubvj9bFA7uEi2\n"
			       "-----END PUBLIC KEY-----\n";

static const char locked_pem[] =
	"-----BEGIN EC PRIVATE KEY-----\n"
	"Proc-Type: 4,ENCRYPTED\n"
	"DEK-Info: AES-128-CBC,DB69C590DA944FE2961FB04A1E620AE6\n"
	"\n"
	"7NMWY8BcsMnyKfWDRYAshxNj8gmbf7X/mfmBeYRE5VjtHUTsUNvktoRR9k4NDF9G\n"
	"OlhSNAfTdDprYHJ03zgezA7HhgauokX57LxnrVHpLBQT+Y39341XAg/C6MZ3C3mQ\n"
	"RANTv5mOzrHU86oyR0BOb/6AP8McgO4AUA3xw+T2Q/s=\n"
	"-----END EC PRIVATE KEY-----\n";

static const char alg_none[] =
	"eyJhbGciOiJub25lIiwia2lkIjoiazEifQ.eyJqdGkiOiJ0MSIsInN1YiI6ImFsaWNlIiwicm9vbSI6ImxvYmJ5I"
	"iwic3BlYWsiOnRydWUsImxpc3RlbiI6dHJ1ZSwicmVsYXkiOnRydWUsImlhdCI6MTgwMDAwMDAwMCwibmJmIjoxO"
	"DAwMDAwMDAwLCJleHAiOjE4MDAwMDA2MDB9.";

static const char alg_none_signed[] =
	"eyJhbGciOiJub25lIiwia2lkIjoiazEifQ.eyJqdGkiOiJ0MSIsInN1YiI6ImFsaWNlIiwicm9vbSI6ImxvYmJ5I"
	"iwic3BlYWsiOnRydWUsImxpc3RlbiI6dHJ1ZSwicmVsYXkiOnRydWUsImlhdCI6MTgwMDAwMDAwMCwibmJmIjoxO"
	"DAwMDAwMDAwLCJleHAiOjE4MDAwMDA2MDB9.EHvktlf_moCE37TmF4760n0NBGuXU8mV5IYZ_PF7-ck";

static const char confused[] =
	"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImUxIn0.eyJqdGkiOiJ0MSIsInN1YiI6ImFsaWNlIiwi"
	"cm9vbSI6ImxvYmJ5Iiwic3BlYWsiOnRydWUsImxpc3RlbiI6dHJ1ZSwicmVsYXkiOnRydWUsImlhdCI6MTgwMDAw"
	"MDAwMCwibmJmIjoxODAwMDAwMDAwLCJleHAiOjE4MDAwMDA2MDB9.-tchBYcDZUYoweVSCkGwgs8Hw5RPC-RUPtq"
	"NKpbhvhQ";

static const char confused_alg[] =
	"eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImUxIn0.eyJqdGkiOiJ0MSIsInN1YiI6ImFsaWNlIiwi"
	"cm9vbSI6ImxvYmJ5Iiwic3BlYWsiOnRydWUsImxpc3RlbiI6dHJ1ZSwicmVsYXkiOnRydWUsImlhdCI6MTgwMDAw"
	"MDAwMCwibmJmIjoxODAwMDAwMDAwLCJleHAiOjE4MDAwMDA2MDB9.fJhrQugfTASeolILJ6RmhqtmDh172TIsW9x"
	"Zldd6DPY";

static const char no_kid[] =
	"eyJhbGciOiJIUzI1NiJ9.eyJqdGkiOiJ0MSIsInN1YiI6ImFsaWNlIiwicm9vbSI6ImxvYmJ5Iiwic3BlYWsiOnR"
	"ydWUsImxpc3RlbiI6dHJ1ZSwicmVsYXkiOnRydWUsImlhdCI6MTgwMDAwMDAwMCwibmJmIjoxODAwMDAwMDAwLCJ"
	"leHAiOjE4MDAwMDA2MDB9.6eW0t8J7SSTBBvjysiwHIE6Avwvdb3JbwqCS43qwpu4";

static const char unknown_kid[] =
	"eyJhbGciOiJIUzI1NiIsImtpZCI6Ims5In0.eyJqdGkiOiJ0MSIsInN1YiI6ImFsaWNlIiwicm9vbSI6ImxvYmJ5"
	"Iiwic3BlYWsiOnRydWUsImxpc3RlbiI6dHJ1ZSwicmVsYXkiOnRydWUsImlhdCI6MTgwMDAwMDAwMCwibmJmIjox"
	"ODAwMDAwMDAwLCJleHAiOjE4MDAwMDA2MDB9.Fj6pL_Emhu93lt-sWWMYNeA2NARoONiB04N5-nZL8zU";

static const char critical[] =
	"eyJhbGciOiJIUzI1NiIsImtpZCI6ImsxIiwiY3JpdCI6WyJleHAiXX0.eyJqdGkiOiJ0MSIsInN1YiI6ImFsaWNl"
	"Iiwicm9vbSI6ImxvYmJ5Iiwic3BlYWsiOnRydWUsImxpc3RlbiI6dHJ1ZSwicmVsYXkiOnRydWUsImlhdCI6MTgw"
	"MDAwMDAwMCwibmJmIjoxODAwMDAwMDAwLCJleHAiOjE4MDAwMDA2MDB9.2hbGy0qjsZ7kTsC4Wji4kEYgu9VSQas"
	"okn40XPIywYM";

static const char critical_text[] =
	"eyJhbGciOiJIUzI1NiIsImtpZCI6ImsxIiwiY3JpdCI6ImV4cCJ9.eyJqdGkiOiJ0MSIsInN1YiI6ImFsaWNlIiw"
	"icm9vbSI6ImxvYmJ5Iiwic3BlYWsiOnRydWUsImxpc3RlbiI6dHJ1ZSwicmVsYXkiOnRydWUsImlhdCI6MTgwMDA"
	"wMDAwMCwibmJmIjoxODAwMDAwMDAwLCJleHAiOjE4MDAwMDA2MDB9.fmp33SxxvG2D2Rm0gL0PHIbt9g6pUq7BjD"
	"dPw4uNECY";

static const char no_id[] =
	"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImsxIn0.eyJzdWIiOiJhbGljZSIsInJvb20iOiJsb2Ji"
	"eSIsInNwZWFrIjp0cnVlLCJsaXN0ZW4iOnRydWUsInJlbGF5Ijp0cnVlLCJpYXQiOjE4MDAwMDAwMDAsIm5iZiI6"
	"MTgwMDAwMDAwMCwiZXhwIjoxODAwMDAwNjAwfQ.tFjdqj9fWHg5FsHgQGnM6QcryYzuDtAVqelBohT6gcs";

static const struct claim_case {
	const char *name, *text;
	enum token_error error;
} claim_cases[] = {
	{"no exp",
	 "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImsxIn0.eyJqdGkiOiJ0MSIsInN1YiI6ImFsaWNlIi"
	 "wicm9vbSI6ImxvYmJ5Iiwic3BlYWsiOnRydWUsImxpc3RlbiI6dHJ1ZSwicmVsYXkiOnRydWUsImlhdCI6MTgw"
	 "MDAwMDAwMCwibmJmIjoxODAwMDAwMDAwfQ.2mczh8zZ1PMJ77XljkraPwhGd0jW-6IkYoDYdMSgiSI",
	 TOKEN_BAD_CLAIMS},
	{"no iat",
	 "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImsxIn0.eyJqdGkiOiJ0MSIsInN1YiI6ImFsaWNlIi"
	 "wicm9vbSI6ImxvYmJ5Iiwic3BlYWsiOnRydWUsImxpc3RlbiI6dHJ1ZSwicmVsYXkiOnRydWUsIm5iZiI6MTgw"
	 "MDAwMDAwMCwiZXhwIjoxODAwMDAwNjAwfQ.bsid1NI7A_wtBQIWEKY7pB8Hq7i_3kz2XdO3r2j5Xpc",
	 TOKEN_BAD_CLAIMS},
	{"exp is text",
	 "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImsxIn0.eyJqdGkiOiJ0MSIsInN1YiI6ImFsaWNlIi"
	 "wicm9vbSI6ImxvYmJ5Iiwic3BlYWsiOnRydWUsImxpc3RlbiI6dHJ1ZSwicmVsYXkiOnRydWUsImlhdCI6MTgw"
	 "MDAwMDAwMCwibmJmIjoxODAwMDAwMDAwLCJleHAiOiIxODAwMDAwNjAwIn0.dFRVe6p-yZZgKy4gy2A2ZtCRax"
	 "BgL25mBwFmtUSZ2gE",
	 TOKEN_BAD_CLAIMS},
	{"relay is a number",
	 "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImsxIn0.eyJqdGkiOiJ0MSIsInN1YiI6ImFsaWNlIi"
	 "wicm9vbSI6ImxvYmJ5Iiwic3BlYWsiOnRydWUsImxpc3RlbiI6dHJ1ZSwicmVsYXkiOjEsImlhdCI6MTgwMDAw"
	 "MDAwMCwibmJmIjoxODAwMDAwMDAwLCJleHAiOjE4MDAwMDA2MDB9.8Gyitk7Wxo9WniPq048415F1wAVZaOkJi"
	 "TlXZVWffvU",
	 TOKEN_BAD_CLAIMS},
	{"speak is text",
	 "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImsxIn0.eyJqdGkiOiJ0MSIsInN1YiI6ImFsaWNlIi"
	 "wicm9vbSI6ImxvYmJ5Iiwic3BlYWsiOiJ0cnVlIiwibGlzdGVuIjp0cnVlLCJyZWxheSI6dHJ1ZSwiaWF0Ijox"
	 "ODAwMDAwMDAwLCJuYmYiOjE4MDAwMDAwMDAsImV4cCI6MTgwMDAwMDYwMH0.Q9Qikha2Fp4uaAQ7wqbQy32-8F"
	 "Rz8Zg9csDy7IWrkvY",
	 TOKEN_BAD_CLAIMS},
	{"sub is a number",
	 "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImsxIn0.eyJqdGkiOiJ0MSIsInN1YiI6Nywicm9vbS"
	 "I6ImxvYmJ5Iiwic3BlYWsiOnRydWUsImxpc3RlbiI6dHJ1ZSwicmVsYXkiOnRydWUsImlhdCI6MTgwMDAwMDAw"
	 "MCwibmJmIjoxODAwMDAwMDAwLCJleHAiOjE4MDAwMDA2MDB9.MvKApzJ31VquYYsVICPLohRUakxMDAjMt8GJS"
	 "BbX9xI",
	 TOKEN_BAD_CLAIMS},
	{"sub is empty",
	 "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImsxIn0.eyJqdGkiOiJ0MSIsInN1YiI6IiIsInJvb2"
	 "0iOiJsb2JieSIsInNwZWFrIjp0cnVlLCJsaXN0ZW4iOnRydWUsInJlbGF5Ijp0cnVlLCJpYXQiOjE4MDAwMDAw"
	 "MDAsIm5iZiI6MTgwMDAwMDAwMCwiZXhwIjoxODAwMDAwNjAwfQ.TlQH8uKqbKzBgUl2Trn9kt7uAU28mxw7x0V"
	 "PCryC5ks",
	 TOKEN_BAD_CLAIMS},
	{"sub is long",
	 "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImsxIn0.eyJqdGkiOiJ0MSIsInN1YiI6ImFhYWFhYW"
	 "FhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFh"
	 "YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYSIsInJvb2"
	 "0iOiJsb2JieSIsInNwZWFrIjp0cnVlLCJsaXN0ZW4iOnRydWUsInJlbGF5Ijp0cnVlLCJpYXQiOjE4MDAwMDAw"
	 "MDAsIm5iZiI6MTgwMDAwMDAwMCwiZXhwIjoxODAwMDAwNjAwfQ.HQSFbpPtnd8wd1qq_1VNXsaAaEd9XLkflWm"
	 "UlKUwDsA",
	 TOKEN_BAD_CLAIMS},
	{"sub has a newline",
	 "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImsxIn0.eyJqdGkiOiJ0MSIsInN1YiI6ImFcbmIiLC"
	 "Jyb29tIjoibG9iYnkiLCJzcGVhayI6dHJ1ZSwibGlzdGVuIjp0cnVlLCJyZWxheSI6dHJ1ZSwiaWF0IjoxODAw"
	 "MDAwMDAwLCJuYmYiOjE4MDAwMDAwMDAsImV4cCI6MTgwMDAwMDYwMH0._Iw-3mNGABoL7PLLNVgkVM97T7igUQ"
	 "yR-1kd7Q-wC5w",
	 TOKEN_BAD_CLAIMS},
	{"rights unknown",
	 "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImsxIn0.eyJqdGkiOiJ0MSIsInN1YiI6ImFsaWNlIi"
	 "wicm9vbSI6ImxvYmJ5Iiwic3BlYWsiOnRydWUsImxpc3RlbiI6dHJ1ZSwicmVsYXkiOnRydWUsImlhdCI6MTgw"
	 "MDAwMDAwMCwibmJmIjoxODAwMDAwMDAwLCJleHAiOjE4MDAwMDA2MDAsInJpZ2h0cyI6ImFsbCJ9.tu9FDJ5is"
	 "eIVcXzLohYqSbdhwDQFSVmRmp6vleteC7Y",
	 TOKEN_BAD_CLAIMS},
	{"exp is negative",
	 "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImsxIn0.eyJqdGkiOiJ0MSIsInN1YiI6ImFsaWNlIi"
	 "wicm9vbSI6ImxvYmJ5Iiwic3BlYWsiOnRydWUsImxpc3RlbiI6dHJ1ZSwicmVsYXkiOnRydWUsImlhdCI6MTgw"
	 "MDAwMDAwMCwibmJmIjoxODAwMDAwMDAwLCJleHAiOi0xfQ._dcN11gvytg7dPgbDu0TYA1ok6z08aynyZiGO0a"
	 "rRIw",
	 TOKEN_BAD_CLAIMS},
	{"exp is huge",
	 "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImsxIn0.eyJqdGkiOiJ0MSIsInN1YiI6ImFsaWNlIi"
	 "wicm9vbSI6ImxvYmJ5Iiwic3BlYWsiOnRydWUsImxpc3RlbiI6dHJ1ZSwicmVsYXkiOnRydWUsImlhdCI6MTgw"
	 "MDAwMDAwMCwibmJmIjoxODAwMDAwMDAwLCJleHAiOjEwMDAwMDAwMDAwMDAwMDAwMH0.wZ-gg0YE6KZI4ggma5"
	 "_N-JMaEFi9pVJe014yAdwk_Pc",
	 TOKEN_BAD_CLAIMS},
	{"other audience",
	 "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImsxIn0.eyJqdGkiOiJ0MSIsInN1YiI6ImFsaWNlIi"
	 "wicm9vbSI6ImxvYmJ5Iiwic3BlYWsiOnRydWUsImxpc3RlbiI6dHJ1ZSwicmVsYXkiOnRydWUsImlhdCI6MTgw"
	 "MDAwMDAwMCwibmJmIjoxODAwMDAwMDAwLCJleHAiOjE4MDAwMDA2MDAsImF1ZCI6ImNvdHVybiJ9.kM2C3wWpo"
	 "MIxq1cx7Uv1etl4DjuHTWCfMRrd1RmkHPs",
	 TOKEN_WRONG_AUDIENCE},
	{"other audiences",
	 "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImsxIn0.eyJqdGkiOiJ0MSIsInN1YiI6ImFsaWNlIi"
	 "wicm9vbSI6ImxvYmJ5Iiwic3BlYWsiOnRydWUsImxpc3RlbiI6dHJ1ZSwicmVsYXkiOnRydWUsImlhdCI6MTgw"
	 "MDAwMDAwMCwibmJmIjoxODAwMDAwMDAwLCJleHAiOjE4MDAwMDA2MDAsImF1ZCI6WyJhIiw3XX0.JYOzkqnMZn"
	 "NFC8etsg6YrEj3eU5HWCBrAhy-qiWWqW8",
	 TOKEN_WRONG_AUDIENCE},
	{"our audience",
	 "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImsxIn0.eyJqdGkiOiJ0MSIsInN1YiI6ImFsaWNlIi"
	 "wicm9vbSI6ImxvYmJ5Iiwic3BlYWsiOnRydWUsImxpc3RlbiI6dHJ1ZSwicmVsYXkiOnRydWUsImlhdCI6MTgw"
	 "MDAwMDAwMCwibmJmIjoxODAwMDAwMDAwLCJleHAiOjE4MDAwMDA2MDAsImF1ZCI6InR1cm5waWtlIn0.3sgDzZ"
	 "o4q4wPCf__lThdcFSqimbJm97AN7qkz9DbbbM",
	 TOKEN_OK},
	{"our audience too",
	 "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImsxIn0.eyJqdGkiOiJ0MSIsInN1YiI6ImFsaWNlIi"
	 "wicm9vbSI6ImxvYmJ5Iiwic3BlYWsiOnRydWUsImxpc3RlbiI6dHJ1ZSwicmVsYXkiOnRydWUsImlhdCI6MTgw"
	 "MDAwMDAwMCwibmJmIjoxODAwMDAwMDAwLCJleHAiOjE4MDAwMDA2MDAsImF1ZCI6WyJhIiwidHVybnBpa2UiXX"
	 "0.0gpytTtSfHShkRvC9Uq8XtVkqIFSEOagm6WY1N822ok",
	 TOKEN_OK},
	{"a day and a second",
	 "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImsxIn0.eyJqdGkiOiJ0MSIsInN1YiI6ImFsaWNlIi"
	 "wicm9vbSI6ImxvYmJ5Iiwic3BlYWsiOnRydWUsImxpc3RlbiI6dHJ1ZSwicmVsYXkiOnRydWUsImlhdCI6MTgw"
	 "MDAwMDAwMCwibmJmIjoxODAwMDAwMDAwLCJleHAiOjE4MDAwODY0MDF9.-Jf86QbAPOK-ZIBELuo3zGYPK9BEf"
	 "Z4pbawHYI28vok",
	 TOKEN_TOO_LONG_LIVED},
	{"a day",
	 "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImsxIn0.eyJqdGkiOiJ0MSIsInN1YiI6ImFsaWNlIi"
	 "wicm9vbSI6ImxvYmJ5Iiwic3BlYWsiOnRydWUsImxpc3RlbiI6dHJ1ZSwicmVsYXkiOnRydWUsImlhdCI6MTgw"
	 "MDAwMDAwMCwibmJmIjoxODAwMDAwMDAwLCJleHAiOjE4MDAwODY0MDB9.YXXAuOnBBvGzR5Mhj8V7obtyVI8MZ"
	 "lOxbVlCtUUYKXw",
	 TOKEN_OK},
	{"real time",
	 "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImsxIn0.eyJqdGkiOiJ0MSIsInN1YiI6ImFsaWNlIi"
	 "wicm9vbSI6ImxvYmJ5Iiwic3BlYWsiOnRydWUsImxpc3RlbiI6dHJ1ZSwicmVsYXkiOnRydWUsImlhdCI6MTgw"
	 "MDAwMDAwMCwibmJmIjoxODAwMDAwMDAwLCJleHAiOjE4MDAwMDA2MDAuNX0.fnzk25SaLbeo9UAFPZ7eCPy8XJ"
	 "ITj0HKg_qmfWUGkJI",
	 TOKEN_OK},
	{"unknown claim",
	 "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImsxIn0.eyJqdGkiOiJ0MSIsInN1YiI6ImFsaWNlIi"
	 "wicm9vbSI6ImxvYmJ5Iiwic3BlYWsiOnRydWUsImxpc3RlbiI6dHJ1ZSwicmVsYXkiOnRydWUsImlhdCI6MTgw"
	 "MDAwMDAwMCwibmJmIjoxODAwMDAwMDAwLCJleHAiOjE4MDAwMDA2MDAsImlzcyI6ImdhbWUiLCJ4Ijp7InkiOl"
	 "sxXX19.SlwcB3ZlI-dPn9K25fi-F9UJlhLbudNe4YKntVkafNI",
	 TOKEN_OK},
};

#endif
