package restsource

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
)

// An answer is read into a tree of map[string]any, []any, string, json.Number,
// bool and nil, whatever it was written in.

// maxDepth bounds how deep an answer may be nested.
const maxDepth = 200

// maxNodes bounds the values, or the elements and attributes, of one answer.
const maxNodes = 2_000_000

var (
	errDeep    = errors.New("the answer is nested more deeply than 200 levels")
	errTwice   = errors.New("a member of the answer stands twice, and nobody knows which is meant")
	errForm    = errors.New("the answer is not well formed")
	errCharset = errors.New("the answer is in an encoding that is not known here")
)

// lost marks a byte that is no UTF-8 in a text of unknown encoding: lost+byte
// is a character of private use, which no answer holds otherwise.
const lost = 0x10FE00

// decodeText gives the bytes of an answer as UTF-8. An encoding that the answer
// names counts, then that of the mapping; without either, bytes that are no
// UTF-8 are kept apart.
func decodeText(data []byte, named, mapped string) ([]byte, error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if named != "" && !strings.EqualFold(named, "utf-8") && !strings.EqualFold(named, "utf8") {
		return decodeAs(data, named)
	}
	if utf8.Valid(data) {
		return data, nil
	}
	if mapped != "" {
		return decodeAs(data, mapped)
	}
	var b bytes.Buffer
	for len(data) > 0 {
		r, size := utf8.DecodeRune(data)
		if r == utf8.RuneError && size == 1 {
			r = lost + rune(data[0])
		}
		b.WriteRune(r)
		data = data[size:]
	}
	return b.Bytes(), nil
}

func decodeAs(data []byte, name string) ([]byte, error) {
	e, err := charset(name)
	if err != nil {
		return nil, err
	}
	out, err := e.NewDecoder().Bytes(data)
	if err != nil {
		return nil, errCharset
	}
	return out, nil
}

func charset(name string) (encoding.Encoding, error) {
	e, err := htmlindex.Get(name)
	if err != nil {
		return nil, errCharset
	}
	return e, nil
}

// unread tells whether a text holds bytes of an unknown encoding, and gives it
// read as Latin-1.
func unread(s string) (latin string, has bool) {
	if !strings.ContainsFunc(s, func(r rune) bool { return r >= lost && r < lost+0x100 }) {
		return s, false
	}
	return strings.Map(func(r rune) rune {
		if r >= lost && r < lost+0x100 {
			return r - lost
		}
		return r
	}, s), true
}

// parseJSON reads one JSON value, with the digits of numbers as they are.
func parseJSON(data []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	j := &jsonReader{decoder: d}
	out, err := j.node(0)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errForm
	}
	return out, nil
}

// jsonReader counts what it reads: a value of two bytes takes far more memory
// than that.
type jsonReader struct {
	decoder *json.Decoder
	nodes   int
}

func (j *jsonReader) node(depth int) (any, error) {
	d := j.decoder
	if j.nodes++; depth > maxDepth || j.nodes > maxNodes {
		return nil, errDeep
	}
	t, err := d.Token()
	if err != nil {
		return nil, errForm
	}
	switch t {
	case json.Delim('{'):
		return j.object(depth)
	case json.Delim('['):
		list := []any{}
		for d.More() {
			v, err := j.node(depth + 1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		if _, err := d.Token(); err != nil {
			return nil, errForm
		}
		return list, nil
	}
	return t, nil
}

func (j *jsonReader) object(depth int) (any, error) {
	d := j.decoder
	out := map[string]any{}
	for d.More() {
		t, err := d.Token()
		name, ok := t.(string)
		if err != nil || !ok {
			return nil, errForm
		}
		if _, twice := out[name]; twice {
			return nil, errTwice
		}
		if out[name], err = j.node(depth + 1); err != nil {
			return nil, err
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, errForm
	}
	return out, nil
}
