"""Choosing weights: ranks by hand, and which of several weights wins."""

from collections.abc import Sequence

import numpy as np
import pytest

from index.types import WordMatrix
from qa.choose import MIXES, SETTINGS, Choice, Trials, choose
from qa.fit_retrieval import cross_validated
from qa.gather import Asked, Ranker
from qa.late import Windows
from qa.retrieve import Candidates
from qa.scoring import MixWeights

NONE = np.zeros(0, np.float32)
WORDS = WordMatrix(np.zeros((0, 2), np.int64), np.zeros((0, 2), np.float32), NONE)
MIDDLE = SETTINGS.index((2.0, 2.0, 0.5))


def asked(documents: Sequence[int] = (0,), right: int = 0, direction: str = "fr->fr", article: str = "a") -> Asked:
    found = Candidates((), (), NONE.astype(bool), NONE, NONE, NONE, Windows(NONE, NONE.astype(int)))
    return Asked(direction, article, WORDS, found, np.asarray(documents, np.int64), right)


def ranks_of(scores, *questions):
    return Ranker(questions).reciprocal_ranks(np.asarray(scores, np.float32)[:, None])[:, 0].tolist()


@pytest.mark.parametrize(
    ("documents", "right", "scores", "rank"),
    [
        ([0, 1, 2], 1, [3, 2, 1], 2),
        ([0, 1, 2], 2, [3, 2, 9], 1),
        ([0, 0, 1, 1], 1, [3, 5, 4, 1], 2),  # two passages each: the better counts
        ([0, 0, 1, 1], 0, [3, 5, 4, 1], 1),
        ([0, 1, 2], 1, [2, 2, 2], 2),  # of equals the first of the index comes first
        ([0, 1, 2], 0, [2, 2, 2], 1),
    ],
)
def test_a_paragraph_has_the_rank_of_its_best_passage(documents, right, scores, rank):
    assert ranks_of(scores, asked(documents, right)) == [1 / rank]


def test_a_paragraph_that_was_not_found_has_no_rank():
    assert ranks_of([1, 2], asked([0, 1], -1)) == [0]


def test_questions_are_ranked_apart():
    three = asked([0, 1, 1], 0), asked([0, 1], -1), asked([0, 1], 1)
    assert ranks_of([1, 9, 2, 7, 7, 3, 3.5], *three) == [0.5, 0, 1]


def test_many_trials_are_ranked_at_once():
    ranks = Ranker([asked([0, 1], 0), asked([0, 1], 1)]).reciprocal_ranks(np.asarray([[1, 2], [2, 1], [0, 5], [1, 4]]))
    assert ranks.tolist() == [[0.5, 1], [1, 0.5]]


def test_bm25_alone_is_the_first_mix_and_every_mix_sums_to_one():
    assert MIXES[0] == MixWeights(1.0, 0.0, 0.0)
    assert len(set(MIXES)) == len(MIXES) == 66
    assert all(mix.lexical + mix.dense + mix.late == pytest.approx(1) for mix in MIXES)


def trials(*directions: str, level: float = 0.5) -> Trials:
    """Return trials of one question a direction, all alike; `heighten` changes them."""
    groups = {
        same: [asked(direction=each) for each in directions if (each[:2] == each[4:]) is same] for same in (True, False)
    }
    used = {same: some for same, some in groups.items() if some}
    return Trials(used, {same: np.full((len(some), len(SETTINGS), len(MIXES)), level) for same, some in used.items()})


def everything(made: Trials) -> dict[bool, np.ndarray]:
    return {same: np.ones(len(some), bool) for same, some in made.questions.items()}


def around(mix: MixWeights, within: float) -> list[int]:
    shares = np.asarray([(each.lexical, each.dense, each.late) for each in MIXES])
    return np.flatnonzero(np.abs(shares - (mix.lexical, mix.dense, mix.late)).sum(axis=1) <= within + 1e-6).tolist()


def test_of_equals_the_middle_setting_and_bm25_alone_are_chosen():
    made = trials("fr->fr", "en->fr")
    assert choose(made, everything(made)) == Choice(MIDDLE, {True: 0, False: 0})


def test_each_group_of_questions_has_its_own_mix():
    made = trials("fr->fr", "en->en", "en->fr")
    same, cross = MixWeights(0.5, 0.3, 0.2), MixWeights(0.1, 0.2, 0.7)
    made.ranks[True][:, :, around(same, 0.2)] += 0.3
    made.ranks[False][:, :, around(cross, 0.2)] += 0.3
    weights = choose(made, everything(made)).weights
    assert (weights.same, weights.cross) == (same, cross)
    assert (weights.norm_power, weights.rarity_power, weights.sentence) == (2.0, 2.0, 0.5)


def test_a_broad_height_wins_over_a_lone_peak():
    made = trials("fr->fr")
    broad, peak = MixWeights(0.4, 0.3, 0.3), MixWeights(0.1, 0.1, 0.8)
    made.ranks[True][:, :, around(broad, 0.2)] += 0.2
    made.ranks[True][:, :, around(peak, 0.0)] += 0.3
    assert choose(made, everything(made)).weights.same == broad


def test_a_mix_that_harms_one_direction_is_not_chosen():
    made = trials("fr->fr", "en->en")
    good, better_for_one = MixWeights(0.6, 0.2, 0.2), MixWeights(0.1, 0.1, 0.8)
    made.ranks[True][:, :, around(good, 0.2)] += 0.1
    made.ranks[True][0][:, around(better_for_one, 0.3)] += 0.5
    made.ranks[True][1][:, around(better_for_one, 0.3)] -= 0.01
    assert choose(made, everything(made)).weights.same == good


def test_not_even_where_all_around_it_is_good():
    made = trials("fr->fr", "en->en")
    centre = MixWeights(0.4, 0.3, 0.3)
    made.ranks[True][:, :, around(centre, 0.2)] += 0.3
    assert choose(made, everything(made)).weights.same == centre
    made.ranks[True][1][:, around(centre, 0.0)] = 0.49
    chosen = choose(made, everything(made)).weights.same
    assert chosen != centre
    assert MIXES.index(chosen) in around(centre, 0.2)


def test_a_mix_that_harms_recall_at_1_is_not_chosen():
    made = trials("fr->fr", "fr->fr")
    good, better_ranks = MixWeights(0.6, 0.2, 0.2), MixWeights(0.1, 0.1, 0.8)
    made.ranks[True][0][:, :] = 1.0
    made.ranks[True][1][:, :] = 0.2
    made.ranks[True][1][:, around(good, 0.2)] = 0.25
    made.ranks[True][0][:, around(better_ranks, 0.2)] = 0.9
    made.ranks[True][1][:, around(better_ranks, 0.2)] = 0.9
    assert choose(made, everything(made)).weights.same == good


@pytest.mark.parametrize(("gain", "moves"), [(0.001, False), (0.05, True)])
def test_the_middle_setting_stands_against_chance_gains(gain, moves):
    made = trials("fr->fr")
    corner = SETTINGS.index((3.0, 3.0, 1.0))
    for setting, (norm_power, rarity_power, sentence) in enumerate(SETTINGS):
        if norm_power >= 2.5 and rarity_power >= 3.0 and sentence >= 0.75:
            made.ranks[True][:, setting] += gain
    assert choose(made, everything(made)).setting == (corner if moves else MIDDLE)


def test_only_the_questions_used_decide():
    made = trials("fr->fr", "en->en")
    first, second = MixWeights(0.5, 0.3, 0.2), MixWeights(0.1, 0.1, 0.8)
    made.ranks[True][0][:, around(first, 0.2)] += 0.3
    made.ranks[True][1][:, around(second, 0.2)] += 0.4
    assert choose(made, {True: np.asarray([True, False])}).weights.same == first
    assert choose(made, {True: np.asarray([False, True])}).weights.same == second


def test_a_group_without_questions_takes_the_other_s_mix():
    made = trials("fr->fr")
    made.ranks[True][:, :, around(MixWeights(0.5, 0.3, 0.2), 0.2)] += 0.3
    weights = choose(made, everything(made)).weights
    assert weights.same == weights.cross == MixWeights(0.5, 0.3, 0.2)


def test_no_question_at_all_is_refused():
    with pytest.raises(ValueError, match="no question"):
        choose(trials("fr->fr"), {True: np.asarray([False])})


def test_cross_validated_ranks_are_those_that_the_other_articles_chose():
    made = trials("fr->fr", "fr->fr")
    made.questions[True][1] = asked(article="b")
    first, second = MixWeights(0.5, 0.3, 0.2), MixWeights(0.1, 0.1, 0.8)
    made.ranks[True][0][:, around(first, 0.2)] = 0.9
    made.ranks[True][0][:, around(second, 0.2)] = 0.6
    made.ranks[True][1][:, around(second, 0.2)] = 1.0
    made.ranks[True][1][:, around(first, 0.2)] = 0.7
    found = cross_validated(made)[True]
    assert found.shape[0] == 2
    assert np.unique(found[0]) == pytest.approx([0.6])
    assert np.unique(found[1]) == pytest.approx([0.7])


def test_one_article_cannot_be_halved():
    assert not cross_validated(trials("fr->fr", "en->en"))[True].any()
