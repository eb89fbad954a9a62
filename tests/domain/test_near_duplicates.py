"""Evidence of copied texts: what is found, what is left alone, and that bands miss little."""

import random
from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.near_duplicates import near_duplicates
from app.domain.shingles import SKETCH, hashes, hashes_of, plain, resemblance, shingles, sketch

SAID = "The answer is right about the dates, but it never names the treaty that was asked for."
words = st.sampled_from(["the", "answer", "is", "wrong", "right", "clear", "because", "dates"])
sentences = st.lists(words, min_size=1, max_size=25).map(" ".join)


def keys_of(texts, **how):
    return [cluster.keys for cluster in near_duplicates(texts, **how)]


@pytest.mark.parametrize(
    "copy",
    [
        SAID,
        SAID.upper(),
        f"  {SAID.replace(' ', '   ')}\n",
        SAID.replace("dates", "years"),
        f"{SAID} Thanks!",
        SAID.replace("a", "\uff41"),
    ],
    ids=["equal", "case", "spacing", "a word", "an ending", "wide letters"],
)
def test_a_copy_is_found_however_little_it_was_changed(copy):
    other = "Completely different words, which nobody could take for a copy of anything else."
    (cluster,) = near_duplicates([("a", SAID), ("b", other), ("c", copy)], threshold=0.7)
    (link,) = cluster.links
    assert cluster.keys == (link.one, link.other) == ("a", "c")
    assert 0.7 <= link.resemblance <= 1


def test_short_texts_are_nobodys_copies():
    texts = [("a", "Good answer."), ("b", "good answer.")]
    assert keys_of(texts) == []
    assert keys_of(texts, at_least=5) == [("a", "b")]
    assert keys_of([("a", "no"), ("b", "no"), ("c", "yes")], at_least=1) == [("a", "b")]


def test_clusters_come_by_size():
    texts = [(f"{number}", SAID) for number in range(2)]
    texts += [(f"{number}", SAID[::-1]) for number in range(2, 6)]
    assert keys_of(texts) == [("2", "3", "4", "5"), ("0", "1")]


def test_who_resembles_two_clusters_joins_them():
    start, middle, end = (f"part {letter * 40} " for letter in "abc")
    texts = [("1", start + middle), ("2", middle + end), ("3", start + middle + end)]
    (cluster,) = near_duplicates(texts, threshold=0.4)
    assert cluster.keys == ("1", "2", "3")
    assert len(cluster.links) == 2


def test_each_of_many_copies_hangs_on_one_link():
    rng = random.Random(7)
    vocabulary = [f"word{number}" for number in range(200)]
    honest = [(f"h{n}", " ".join(rng.choices(vocabulary, k=20))) for n in range(300)]
    copies = [(f"s{n}", f"{SAID} {n}") for n in range(300)]
    (cluster,) = near_duplicates(honest + copies)
    assert cluster.keys == tuple(sorted(key for key, _ in copies))
    assert len(cluster.links) == 299


@given(st.lists(sentences, max_size=12))
def test_every_link_is_a_real_resemblance_and_joins_what_was_apart(said):
    texts = [(f"{number:02}", text) for number, text in enumerate(said)]
    found = near_duplicates(texts, threshold=0.6, at_least=1)
    linked = [key for cluster in found for key in cluster.keys]
    assert len(linked) == len(set(linked))
    pieces = {key: shingles(plain(text)) for key, text in texts}
    for cluster in found:
        assert len(cluster.links) == len(cluster.keys) - 1
        for link in cluster.links:
            assert link.resemblance == resemblance(pieces[link.one], pieces[link.other]) >= 0.6


@given(st.lists(sentences, max_size=10), st.randoms())
def test_the_order_of_texts_does_not_matter(said, rng):
    texts = [(f"{number:02}", text) for number, text in enumerate(said)]
    shuffled = rng.sample(texts, len(texts))
    assert near_duplicates(texts, at_least=1) == near_duplicates(shuffled, at_least=1)


@given(st.lists(sentences, max_size=8))
def test_equal_texts_are_always_found(said):
    texts = [(f"{number:02}", text) for number, text in enumerate(said)]
    clusters = keys_of(texts, at_least=1)
    for (one, text), (other, copy) in combinations(texts, 2):
        if text == copy:
            assert [one in cluster and other in cluster for cluster in clusters].count(True) == 1


@given(sentences, sentences)
def test_a_sketch_estimates_the_resemblance(one, other):
    alike = (sketch(one) == sketch(other)).sum() / SKETCH
    # Five deviations of a binomial with as many numbers as a sketch has.
    assert alike == pytest.approx(resemblance(shingles(one), shingles(other)), abs=0.32)


def test_hashes_stay_what_they_were_for_versions_that_are_frozen():
    first = [870663863116083177, 6733025338700478590, 14890459689291961607]
    assert hashes("Bread rises.")[:3].tolist() == first
    assert hashes("ab").tolist() == [7803776748490050776]


@given(st.lists(st.text(max_size=12), min_size=1, max_size=6))
def test_texts_that_are_hashed_together_are_hashed_each_by_itself(texts):
    found, ends = hashes_of(texts)
    each = [found[first:last].tolist() for first, last in pairwise(ends.astype(int))]
    assert each == [hashes(text).tolist() for text in texts]
