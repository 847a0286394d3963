"""The page's own words, in French and in English. What articles say is never translated."""

from qa.ui.words.english import ENGLISH
from qa.ui.words.french import FRENCH
from qa.ui.words.preferred import WORDS, preferred, words_of
from qa.ui.words.types import Folder, Words

__all__ = ["ENGLISH", "FRENCH", "WORDS", "Folder", "Words", "preferred", "words_of"]
