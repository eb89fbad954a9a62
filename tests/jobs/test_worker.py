"""The worker's tasks: all registered, the periodic ones on their schedules, one at a time."""

import asyncio
from dataclasses import replace

import pytest
from procrastinate.periodic import PeriodicDeferrer

from app.jobs import worker
from app.utils import clock

PERIODIC = {
    "responses.end_overdue": "* * * * * */10",
    "queue.retry_stalled": "* * * * * */10",
    "queue.remove_old": "43 * * * *",
    "idempotency.forget": "17 * * * *",
    "dataset.find_languages": "* * * * * */10",
    "people.measure": "27 * * * *",
    "signals.look": "37 * * * *",
    "retention.apply": "23 3 * * *",
}
DEFERRED = {
    "contributions.tell",
    "dataset.freeze",
    "memory.summarise",
    "messages.answer",
    "people.erase",
    "priority.reweigh",
}


def test_every_task_is_registered(queue):
    ours = {name for name in queue.tasks if not name.startswith(("builtin", "procrastinate"))}
    assert ours == PERIODIC.keys() | DEFERRED


def test_periodic_tasks_have_their_schedules(queue):
    tasks = queue.periodic_registry.periodic_tasks.values()
    assert {one.task.name: one.cron for one in tasks} == PERIODIC


def test_a_periodic_task_never_waits_twice(queue):
    tasks = queue.periodic_registry.periodic_tasks.values()
    assert {one.configure_kwargs["queueing_lock"] for one in tasks} == set(PERIODIC)


def test_how_often_is_a_setting(app):
    settings = replace(app.extensions["settings"], upkeep_seconds=7)
    made = worker.make(app, settings, app.extensions["remotes"])
    crons = {one.cron for one in made.periodic_registry.periodic_tasks.values()}
    assert "* * * * * */7" in crons


def test_a_schedule_puts_its_task_into_the_queue_once_for_all_workers(queue, sql):
    moment = clock.now().replace(minute=43, second=0, microsecond=0).timestamp()

    async def defer_due():
        async with queue.open_async():
            deferrer = PeriodicDeferrer(queue.periodic_registry)
            await deferrer.defer_jobs(deferrer.get_previous_tasks(at=moment + 1))

    for _ in range(2):
        asyncio.run(defer_due())
    deferred = sql("SELECT task_name, args, queueing_lock FROM procrastinate_jobs ORDER BY 1")
    # What was due some minutes before is not left out, either.
    earlier = {"signals.look": moment - 6 * 60}
    assert deferred == [
        (name, {"timestamp": int(earlier.get(name, moment))}, name)
        for name in (
            "dataset.find_languages",
            "queue.remove_old",
            "queue.retry_stalled",
            "responses.end_overdue",
            "signals.look",
        )
    ]


@pytest.mark.parametrize("name", ["responses.end_overdue", "idempotency.forget"])
def test_a_task_that_fails_is_not_tried_again_before_its_next_time(queue, name):
    assert queue.tasks[name].retry_strategy is None


def test_telling_is_tried_again(queue):
    strategy = queue.tasks["contributions.tell"].retry_strategy
    waits = [strategy.exponential_wait**attempt for attempt in range(1, strategy.max_attempts + 1)]
    assert (len(waits), waits[0]) == (5, 5)
    assert 3600 <= sum(waits) <= 4000
