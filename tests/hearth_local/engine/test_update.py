"""Whole updates: real programs in processes of their own, over the fake provider."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hearth_local.engine import project as projects
from hearth_local.engine import wire
from hearth_local.engine.configured import ConfiguredProviders
from hearth_local.engine.state import StageState
from hearth_local.engine.steps import Operation, Step
from hearth_local.engine.update import Updated, UpdateFailed, destroy, update
from hearth_local.engine.urns import name_of

from tests.hearth_local.engine.fake_provider import Cloud, FixedSource, serving

_THING = """
import pulumi

class Thing(pulumi.CustomResource):
    computed: pulumi.Output[str]
    def __init__(self, name, props=None, opts=None):
        super().__init__("test:index:Thing", name, {"computed": None, **(props or {})}, opts)

"""
_DRIVER = """
import signal

# A shell that runs the tests in the background makes its children ignore Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)
import sys
from pathlib import Path
from hearth_local.engine.configured import ConfiguredProviders
from hearth_local.engine.project import load
from hearth_local.engine.state import StageState
from hearth_local.engine.urns import name_of
from hearth_local.engine.update import update
from tests.hearth_local.engine.fake_provider import FixedSource
root = Path(sys.argv[1])
project = load(root, "local")
state = StageState.load(root / "state.json", project.name, "local")
update(project, state, ConfiguredProviders({"test": FixedSource(sys.argv[2])}))
"""


@dataclass
class Shop:
    """A project folder, its state and its cloud."""

    root: Path
    address: str
    cloud: Cloud
    steps: list[Step] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def write(self, body: str, config: str = "{}") -> None:
        """Write the program and the configuration of the stage."""
        (self.root / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
        (self.root / "Pulumi.local.yaml").write_text(f"config: {config}\n")
        (self.root / "__main__.py").write_text(_THING + body)

    def up(self, *, preview: bool = False) -> Updated:
        """Run the program and bring the stage to it."""
        providers = ConfiguredProviders({"test": FixedSource(self.address)})
        try:
            return update(
                projects.load(self.root, "local"),
                self.state(),
                providers,
                preview=preview,
                report=self.steps.append,
                on_message=lambda message: self.lines.append(message.text),
            )
        finally:
            providers.close()

    def state(self) -> StageState:
        """Load the state."""
        return StageState.load(self.root / "state.json", "shop", "local")

    def driver(self) -> subprocess.Popen[bytes]:
        """Start an update in a process that may be killed."""
        return subprocess.Popen(
            [sys.executable, "-c", _DRIVER, str(self.root), self.address],
            cwd=Path(__file__).parents[3],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A project without a program."""
    cloud = Cloud()
    with serving(cloud) as address:
        yield Shop(tmp_path, address, cloud)


def test_a_program_is_brought_up_unchanged_changed_and_down(shop: Shop) -> None:
    shop.write(
        "class Group(pulumi.ComponentResource):\n"
        "    def __init__(self, name):\n"
        "        super().__init__('test:index:Group', name, {})\n"
        "        self.first = Thing(f'{name}-a', opts=pulumi.ResourceOptions(parent=self))\n"
        "        self.second = Thing(f'{name}-b', {'uses': self.first.computed},\n"
        "                            opts=pulumi.ResourceOptions(parent=self))\n"
        "        self.register_outputs({'size': 2})\n"
        "group = Group('g')\n"
        "many = [Thing(f't{n}', {'uses': group.second.computed}) for n in range(40)]\n"
        "pulumi.export('computed', group.second.computed)\n"
        "pulumi.export('all', pulumi.Output.all(*[each.id for each in many]).apply(len))\n"
    )

    preview = shop.up(preview=True)
    first = shop.up()
    again = shop.up()
    # The provider, which the preview and the first run made, is among the counts.
    assert preview.outputs == {}
    assert (preview.counts, first.counts) == ({Operation.CREATE: 43}, {Operation.CREATE: 43})
    assert again.counts == {Operation.SAME: 43}
    assert not again.changed
    second_name = next(name for name in shop.cloud.things if name.startswith("g-b"))
    assert first.outputs == again.outputs == {"computed": f"{second_name}!", "all": 40}
    assert all(
        thing["uses"] == f"{second_name}!"
        for name, thing in shop.cloud.things.items()
        if name.startswith("t")
    )

    shop.cloud.calls.clear()
    project = projects.load(shop.root, "local")
    destroy(project, shop.state(), ConfiguredProviders({"test": FixedSource(shop.address)}))

    assert shop.cloud.things == {}
    assert shop.cloud.calls[-2:] == ["delete g-b", "delete g-a"]
    assert shop.state().live() == []


def test_the_program_runs_in_its_folder_with_its_configuration(shop: Shop) -> None:
    shop.write(
        "from pathlib import Path\n"
        "config = pulumi.Config()\n"
        "Thing('t', {'size': config.require_int('size'), 'on': config.require_bool('open'),\n"
        "            'list': config.require_object('list'), 'here': Path('Pulumi.yaml').exists(),\n"
        "            'stack': pulumi.get_stack()})\n"
        "print('hello from', pulumi.get_project())\n",
        "{shop:size: 3, open: true, 'shop:list': [1, two]}",
    )

    shop.up()

    (made,) = shop.cloud.things.values()
    assert {key: made[key] for key in ("size", "on", "list", "here", "stack")} == {
        "size": 3,
        "on": True,
        "list": [1, "two"],
        "here": True,
        "stack": "local",
    }
    assert "hello from shop" in shop.lines


def test_an_archive_is_known_by_its_content(shop: Shop) -> None:
    bundle = shop.root / "bundle"
    bundle.mkdir()
    code = bundle / "code.py"
    code.write_text("1")
    shop.write("Thing('t', {'code': pulumi.FileArchive('bundle')})\n")

    shop.up()
    code.write_text("1")
    os.utime(code, (1, 1))
    touched = shop.up()
    shop.write("Thing('t', {'code': pulumi.FileArchive('./other/../bundle')})\n")
    moved = shop.up()
    code.write_text("2")
    changed = shop.up()

    assert (touched.changed, moved.changed) == (False, False)
    assert changed.counts == {Operation.SAME: 1, Operation.UPDATE: 1}


def test_transforms_change_what_is_registered(shop: Shop) -> None:
    shop.write(
        "def tag(args):\n"
        "    if args.type_ == 'test:index:Thing':\n"
        "        opts = pulumi.ResourceOptions.merge(\n"
        "            args.opts, pulumi.ResourceOptions(protect=True))\n"
        "        return pulumi.ResourceTransformResult({**args.props, 'tag': 'x'}, opts)\n"
        "def mine(args):\n"
        "    return pulumi.ResourceTransformResult(\n"
        "        props={**args.props, 'mine': args.name}, opts=args.opts)\n"
        "pulumi.runtime.register_resource_transform(tag)\n"
        "Thing('t', {'size': 1}, pulumi.ResourceOptions(transforms=[mine], ignore_changes=['z']))\n"
    )

    shop.up()

    (made,) = shop.cloud.things.values()
    assert (made["tag"], made["mine"], made["size"]) == ("x", "t", 1)
    (state,) = [each for each in shop.state().live() if each.type == "test:index:Thing"]
    assert state.protect


def test_functions_are_answered_by_the_provider(shop: Shop) -> None:
    shop.write(
        "answer = pulumi.runtime.invoke('test:index:echo', {'x': 1}).value\n"
        "later = pulumi.runtime.invoke_output('test:index:echo', {'x': Thing('t').computed})\n"
        "pulumi.export('now', answer['echo']['x'])\n"
        "pulumi.export('later', later.apply(lambda a: a['echo']['x']))\n"
    )

    outputs = shop.up().outputs

    (name,) = shop.cloud.things
    assert outputs == {"now": 1, "later": f"{name}!"}


def test_a_provider_of_the_program_serves_the_resources_that_name_it(shop: Shop) -> None:
    shop.write(
        "class Far(pulumi.ProviderResource):\n"
        "    def __init__(self):\n"
        "        super().__init__('test', 'far', {'region': 'far'})\n"
        "far = Far()\n"
        "Thing('a', opts=pulumi.ResourceOptions(provider=far))\n"
        "class Group(pulumi.ComponentResource):\n"
        "    def __init__(self):\n"
        "        super().__init__('test:index:Group', 'g', {},\n"
        "                         pulumi.ResourceOptions(providers=[far]))\n"
        "        Thing('b', opts=pulumi.ResourceOptions(parent=self))\n"
        "Group()\n"
    )

    shop.up()

    served = {name_of(each.urn): each.provider for each in shop.state().live()}
    far = "urn:pulumi:local::shop::pulumi:providers:test::far"
    assert served["a"].rpartition("::")[0] == served["b"].rpartition("::")[0] == far
    assert shop.cloud.configurations == [{"region": "far"}]
    assert not shop.up().changed


def test_secret_outputs_stay_marked_and_are_in_no_line(shop: Shop) -> None:
    shop.write(
        "secret = pulumi.Config().require_secret('password')\n"
        "thing = Thing('t', {'password': secret})\n"
        "pulumi.export('password', secret)\n",
        "{password: hunter2}",
    )

    outputs = shop.up().outputs

    assert outputs == {"password": wire.secret("hunter2")}
    assert all("hunter2" not in line for line in (*shop.lines, *map(repr, shop.steps)))


def test_a_failing_program_keeps_what_was_made_and_deletes_nothing(shop: Shop) -> None:
    shop.write("Thing('old')\n")
    shop.up()
    shop.write("def fail(id):\n    raise ValueError('not today')\nThing('new').id.apply(fail)\n")

    with pytest.raises(UpdateFailed) as failed:
        shop.up()

    assert str(failed.value) == "ValueError: not today (__main__.py:10)"
    assert sorted(name.split("-")[0] for name in shop.cloud.things) == ["new", "old"]


def test_a_failing_resource_is_reported_under_its_urn(shop: Shop) -> None:
    shop.write("Thing('bad', {'fail': True})\nThing('good')\n")

    with pytest.raises(UpdateFailed) as failed:
        shop.up()

    assert str(failed.value) == (
        "urn:pulumi:local::shop::test:index:Thing::bad: creating bad: no such luck"
    )


def test_a_preparation_that_fails_is_the_reason_for_all_that_follows(shop: Shop) -> None:
    shop.write("Thing('t')\n")

    def prepare() -> None:
        raise ConnectionError("no cloud today")

    with pytest.raises(ConnectionError, match="no cloud today"):
        update(
            projects.load(shop.root, "local"),
            shop.state(),
            ConfiguredProviders({"test": FixedSource(shop.address)}),
            prepare=prepare,
        )
    assert shop.cloud.things == {}


@pytest.mark.parametrize("moment", ["before", "after"])
def test_an_update_killed_while_it_creates_converges_when_run_again(
    shop: Shop, moment: str
) -> None:
    """The provider had or had not made the thing: in the end there is just one."""
    reached, killed = threading.Event(), threading.Event()

    def stop_here(name: str) -> None:
        if name == "b":
            reached.set()
            killed.wait(20)

    setattr(shop.cloud, f"{moment}_create", stop_here)
    shop.write("a = Thing('a')\nb = Thing('b', {'x': a.computed})\nThing('c', {'x': b.computed})\n")
    driver = shop.driver()
    assert reached.wait(20)
    driver.send_signal(signal.SIGKILL)
    driver.wait()
    killed.set()
    setattr(shop.cloud, f"{moment}_create", lambda _name: None)

    shop.up()
    again = shop.up()

    assert sorted(name.split("-")[0] for name in shop.cloud.things) == ["a", "b", "c"]
    assert not again.changed


def test_ctrl_c_lets_the_step_under_way_end_and_begins_no_other(shop: Shop) -> None:
    reached, interrupted = threading.Event(), threading.Event()

    def stop_here(_name: str) -> None:
        reached.set()
        interrupted.wait(20)

    shop.cloud.after_create = stop_here
    shop.write("a = Thing('a')\nThing('b', {'x': a.computed})\n")
    driver = shop.driver()
    assert reached.wait(20)
    driver.send_signal(signal.SIGINT)
    time.sleep(3)  # the step is still under way while the update stops
    interrupted.set()
    driver.wait(20)

    assert [name.split("-")[0] for name in shop.cloud.things] == ["a"]
    assert [each.id for each in shop.state().live() if each.type == "test:index:Thing"] == list(
        shop.cloud.things
    )
