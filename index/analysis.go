package index

import (
	"bytes"
	gounicode "unicode"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/analysis/char/asciifolding"
	"github.com/blevesearch/bleve/v2/analysis/tokenizer/unicode"
	"golang.org/x/text/unicode/norm"
)

// maxTerm bounds a term in bytes: what is longer is no word (a base64 block, say)
// and is cut, in texts and queries alike.
const maxTerm = 256

// newTextAnalyzer gives the analysis of texts: words after Unicode's rules
// (UAX 29), each as the terms that wordTerms gives, and the parts of joined
// words.
//
// Normalisation stands in a token filter and not in Bleve's char filters: those
// work on the text before it is cut into words, and every letter that they
// shorten shifts the highlighting of all that follows.
func newTextAnalyzer() analysis.Analyzer {
	return &analysis.DefaultAnalyzer{
		Tokenizer:    unicode.NewUnicodeTokenizer(),
		TokenFilters: []analysis.TokenFilter{termFilter{fold: asciifolding.New()}},
	}
}

// termFilter replaces each word by the terms under which it is found.
type termFilter struct {
	fold *asciifolding.AsciiFoldingFilter
}

// Filter gives the terms of each token, at the token's place.
func (f termFilter) Filter(in analysis.TokenStream) analysis.TokenStream {
	out := make(analysis.TokenStream, 0, len(in)+len(in)/4)
	for _, t := range in {
		out = f.add(out, t, t.Term, t.Start)
		for _, p := range parts(t.Term) {
			out = f.add(out, t, t.Term[p[0]:p[1]], t.Start+p[0])
		}
	}
	return out
}

// add adds the terms of a word, which stands at start in the text.
func (f termFilter) add(out analysis.TokenStream, of *analysis.Token, word []byte, start int) analysis.TokenStream {
	exact := exactTerm(word)
	if len(exact) == 0 {
		return out
	}
	folded := f.folded(exact)
	for i, term := range [][]byte{folded, exact} {
		if i == 1 && bytes.Equal(exact, folded) {
			break
		}
		out = append(out, &analysis.Token{Term: term, Start: start, End: start + len(word), Position: of.Position, Type: of.Type})
	}
	return out
}

// folded gives a normal form without diacritics: å ä ö é š as a a o e s.
func (f termFilter) folded(exact []byte) []byte {
	for _, b := range exact {
		if b >= utf8.RuneSelf {
			return f.fold.Filter(exact)
		}
	}
	return exact
}

// exactTerm gives the normal form of a word: NFKC (full-width letters and
// digits, ligatures), lower case, without invisible characters (soft hyphens,
// marks of direction, joiners), with straight apostrophes.
func exactTerm(word []byte) []byte {
	s := bytes.Map(func(r rune) rune {
		switch {
		case r < utf8.RuneSelf:
			return r
		case gounicode.Is(gounicode.Cf, r):
			return -1
		}
		switch r {
		case '\u2019', '\u2018', '\u02BC', '\u00B4', '\uFF07':
			return '\''
		default:
			return r
		}
	}, word)
	s = norm.NFKC.Bytes(s)
	s = bytes.ToLower(s)
	if len(s) > maxTerm {
		end := maxTerm
		for !utf8.RuneStart(s[end]) {
			end--
		}
		s = s[:end]
	}
	return s
}

// parts gives the pieces [from, to) of a word that joiners hold together
// (EU:n, matti.virtanen, Pugh's, 1.2.2024), if there are several; pieces of one
// character say nothing and are left out.
func parts(word []byte) (pieces [][2]int) {
	from, joined := 0, false
	cut := func(to int) {
		if utf8.RuneCount(word[from:to]) > 1 {
			pieces = append(pieces, [2]int{from, to})
		}
	}
	for i := 0; i < len(word); {
		r, n := utf8.DecodeRune(word[i:])
		if isJoiner(r) {
			cut(i)
			from, joined = i+n, true
		}
		i += n
	}
	if !joined {
		return nil
	}
	cut(len(word))
	return pieces
}

// isJoiner tells whether r may stand inside a word of UAX 29 and yet joins two.
func isJoiner(r rune) bool {
	switch r {
	case '.', ':', '_', '\'', '\u2019', '\u2018', '\u00B7', '\u2024', '\u2027', '\uFE55', '\uFF0E', '\uFF1A':
		return true
	}
	return false
}
