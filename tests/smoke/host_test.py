# SPDX-License-Identifier: Apache-2.0
"""tools/host (installed as turnpike-host) on machines that are only files."""

import contextlib
import os
import re
import subprocess
import threading

import pytest

from kit.relay import ROOT

HOST = os.path.join(ROOT, "tools/host")
NIC, TWIN = "0000:3b:00.0", "0000:3b:00.1"


@pytest.fixture
def machine(tmp_path):
    """A machine of two NUMA nodes and four CPUs, as files; `host(…)` runs tools/host on it."""
    for node in (0, 1):
        for size in ("2048kB", "1048576kB"):
            folder = tmp_path / f"sys/devices/system/node/node{node}/hugepages/hugepages-{size}"
            folder.mkdir(parents=True)
            (folder / "nr_hugepages").write_text("10\n" if (node, size) == (1, "2048kB") else "0\n")
            (folder / "free_hugepages").write_text("10\n" if (node, size) == (1, "2048kB") else "0\n")
        (tmp_path / f"sys/devices/system/node/node{node}/cpulist").write_text(f"{2 * node}-{2 * node + 1}\n")
    for path, text in {
        "sys/devices/system/cpu/online": "0-3", "sys/devices/system/cpu/isolated": "2-3",
        "sys/devices/system/cpu/nohz_full": "2", "proc/irq/24/effective_affinity_list": "3",
        "proc/irq/25/effective_affinity_list": "0", "proc/77/comm": "irqbalance",
        "sys/devices/system/cpu/cpu2/cpufreq/scaling_governor": "powersave",
        "sys/devices/system/cpu/cpu2/topology/thread_siblings_list": "2,3",
        "sys/class/net/eth1/device/numa_node": "0", "run/keep": "", "proc/cpuinfo": "vendor_id : GenuineIntel",
        "proc/irq/24/smp_affinity_list": "2-3", "proc/irq/25/smp_affinity_list": "0-3",
        "proc/irq/26/smp_affinity_list": "2", "sys/class/net/eth1/device/msi_irqs/26": "",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text + "\n")

    def host(*words):
        return subprocess.run([HOST, *map(str, words)], capture_output=True, text=True,
                              env=dict(os.environ, TURNPIKE_HOST_ROOT=str(tmp_path)))

    host.pages = lambda node: int((tmp_path / f"sys/devices/system/node/node{node}/hugepages/hugepages-2048kB"
                                   / "nr_hugepages").read_text())
    host.state = tmp_path / "run/turnpike-host.json"
    host.root = tmp_path
    host.file = lambda path: (tmp_path / path).read_text().strip()
    return host


def verdicts(text):
    return {match[2]: match[1] for match in re.finditer(r"^(ok|note|bad) +(\w+) ", text, re.M)}


def test_host_check_names_what_costs(machine):
    done = machine("check", "--workers", "2,3", "--interface", "eth1")
    assert done.returncode == 1  # node 0 has no hugepages
    assert re.search(r"^bad +hugepages +node 0: 0 of 2 MB", done.stdout, re.M)
    assert re.search(r"^ok +hugepages +node 1: 10 of 2 MB \(10 free = 20 MB\)", done.stdout, re.M)
    told = verdicts(done.stdout)
    assert told["isolation"] == told["siblings"] == told["interrupts"] == told["clock"] == told["interface"] == "note"
    assert "2 interrupts on workers' CPUs, irqbalance runs" in done.stdout
    assert "CPUs 2,3 are elsewhere" in done.stdout and "cores.workers from 0,1" in done.stdout
    for row in re.findall(r"^(?:note|bad) .*\n(.*)\n(.*)", done.stdout, re.M):
        assert "costs: " in row[0] and "remedy: " in row[1]
    assert verdicts(machine("check", "--workers", "2").stdout)["isolation"] == "ok"


def test_host_undo_takes_back_what_apply_did(machine):
    assert machine("apply", "--pages", 64).returncode == 0
    assert machine("apply", "--pages", 128).returncode == 0
    assert machine("apply", "--pages", 20, "--node", 1).returncode == 0
    assert (machine.pages(0), machine.pages(1)) == (128, 20)
    assert machine("undo").returncode == 0
    assert (machine.pages(0), machine.pages(1)) == (0, 10)
    assert not machine.state.exists()
    assert "nothing to undo" in machine("undo").stdout


def test_host_leaves_alone_what_is_not_its_own(machine, tmp_path):
    assert machine("apply", "--pages", 5, "--node", 1).returncode == 0
    assert machine.pages(1) == 10 and not machine.state.exists()
    machine("apply", "--pages", 64)
    (tmp_path / "sys/devices/system/node/node0/hugepages/hugepages-2048kB/nr_hugepages").write_text("200\n")
    assert "left alone" in machine("undo").stdout and machine.pages(0) == 200
    assert machine("apply", "--node", 7).returncode == 1


def test_host_as_scripts_call_it(machine):
    assert machine().returncode == 0 and machine.pages(0) == 1024
    assert machine("2048").returncode == 0 and machine.pages(0) == 2048


def test_host_settles_workers_and_takes_it_back(machine):
    governor = "sys/devices/system/cpu/cpu2/cpufreq/scaling_governor"
    assert machine("apply", "--pages", 1, "--workers", "2,3", "--interface", "eth1").returncode == 0
    # 25 works elsewhere already; 26 is the relay's own interface.
    assert [machine.file(f"proc/irq/{n}/smp_affinity_list") for n in (24, 25, 26)] == ["0,1", "0-3", "2"]
    assert machine.file(governor) == "performance"
    machine("apply", "--pages", 1, "--workers", "2,3")  # without the interface: its interrupt, too
    assert machine.file("proc/irq/26/smp_affinity_list") == "0,1"
    assert machine("undo").returncode == 0
    assert [machine.file(f"proc/irq/{n}/smp_affinity_list") for n in (24, 25, 26)] == ["2-3", "0-3", "2"]
    assert machine.file(governor) == "powersave"


def test_host_leaves_settings_alone_that_somebody_changed(machine):
    governor = machine.root / "sys/devices/system/cpu/cpu2/cpufreq/scaling_governor"
    machine("apply", "--workers", "2,3")
    governor.write_text("ondemand\n")
    assert "somebody made it ondemand; left alone" in machine("undo").stdout
    assert governor.read_text() == "ondemand\n"


def test_host_wants_a_cpu_for_interrupts(machine):
    done = machine("apply", "--workers", "0-3")
    assert done.returncode == 1 and "no CPU is left for interrupts" in done.stderr


@pytest.fixture
def bus(machine):
    """A network card of two ports in one IOMMU group, and a kernel that binds what is to be probed."""
    pci = machine.root / "sys/bus/pci"
    group = machine.root / "sys/kernel/iommu_groups/7/devices"
    group.mkdir(parents=True)
    for name in ("ixgbe", "vfio-pci"):
        (pci / "drivers" / name).mkdir(parents=True)
    for address, interface in ((NIC, "eth1"), (TWIN, "eth2")):
        device = pci / "devices" / address
        (device / "net" / interface).mkdir(parents=True)
        (device / "driver").symlink_to("../../drivers/ixgbe")
        (device / "iommu_group").symlink_to("../../../../kernel/iommu_groups/7")
        (device / "driver_override").write_text("(null)\n")
        (group / address).mkdir()
    (machine.root / "proc/net").mkdir()
    (machine.root / "proc/net/route").write_text("Iface\tDestination\tGateway\neth0\t00000000\t010012C6\n")
    (pci / "drivers_probe").touch()
    machine.driver = lambda address: os.path.basename(os.readlink(pci / "devices" / address / "driver"))
    machine.disown = lambda address: (pci / "devices" / address / "driver").unlink()
    machine.refuse = False
    ended = threading.Event()

    def kernel():
        while not ended.wait(0.005):
            address = (pci / "drivers_probe").read_text()
            if not address or machine.refuse:
                continue
            (pci / "drivers_probe").write_text("")
            link = pci / "devices" / address / "driver"
            override = (pci / "devices" / address / "driver_override").read_text().strip()
            assert (pci / "drivers" / os.path.basename(os.readlink(link)) / "unbind").read_text() == address
            link.unlink()
            link.symlink_to(f"../../drivers/{override or 'ixgbe'}")

    thread = threading.Thread(target=kernel)
    thread.start()
    with contextlib.ExitStack() as stack:
        stack.callback(thread.join)
        stack.callback(ended.set)
        yield machine


def test_host_gives_a_card_to_vfio_and_back(bus):
    bus.disown(TWIN)
    done = bus("apply", "--pages", 1, "--vfio", NIC)
    assert (done.returncode, bus.driver(NIC)) == (0, "vfio-pci"), done.stderr
    assert "was ixgbe's and is vfio-pci's now" in done.stdout
    assert "vfio-pci's already" in bus("apply", "--vfio", NIC).stdout
    done = bus("undo")
    assert (done.returncode, bus.driver(NIC)) == (0, "ixgbe"), done.stdout
    assert not bus.state.exists()


def test_host_says_what_is_in_the_way_of_vfio(bus):
    def refused(address):
        done = bus("apply", "--pages", 1, "--vfio", address)
        assert done.returncode == 1 and bus.driver(NIC) == "ixgbe"
        return done.stderr

    assert f"{TWIN} is in the same IOMMU group and belongs to ixgbe" in refused(NIC)
    bus.disown(TWIN)
    assert "there is no PCI device eth1" in refused("eth1")
    (bus.root / "proc/net/route").write_text("Iface\tDestination\tGateway\neth1\t00000000\t010012C6\n")
    assert "eth1 has the default route" in refused(NIC)
    (bus.root / "proc/net/route").unlink()
    (bus.root / "sys/bus/pci/devices" / NIC / "iommu_group").unlink()
    assert "in no IOMMU group" in refused(NIC)


def test_host_says_when_the_kernel_does_not_bind(bus):
    bus.disown(TWIN)
    bus.refuse = True
    done = bus("apply", "--pages", 1, "--vfio", NIC)
    assert done.returncode == 1 and "did not go to vfio-pci" in done.stderr


def test_host_writes_what_wants_a_boot(machine):
    file = machine.root / "etc/default/grub.d/50-turnpike.cfg"
    done = machine("apply", "--pages", 1, "--workers", "2,3", "--boot")
    assert done.returncode == 1 and "isolcpus=2,3" in done.stderr  # no GRUB: told, not written
    file.parent.mkdir(parents=True)
    assert machine("apply", "--pages", 1, "--workers", "2,3", "--boot").returncode == 0
    done = subprocess.run(["sh", "-c", f'GRUB_CMDLINE_LINUX_DEFAULT=quiet; . {file}; echo "$GRUB_CMDLINE_LINUX_DEFAULT"'],
                          capture_output=True, text=True)
    assert done.stdout == "quiet isolcpus=2,3 nohz_full=2,3 rcu_nocbs=2,3 intel_iommu=on iommu=pt\n"
    assert machine("apply", "--boot").returncode == 1  # which CPUs?
    machine.state.unlink()  # /run does not outlive the boot
    assert "removed" in machine("undo").stdout and not file.exists()
