package sqlsource

import (
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/sinusta/sinusta/core"
)

// The functions of this file serve dialects that read every value in its
// written form, and bytes in hexadecimal digits: every value has such a form,
// also those that a driver would fail on, such as a date before Christ.

// written gives what the driver read as text.
func written(raw any) (string, bool) {
	switch v := raw.(type) {
	case string:
		return v, true
	case []byte:
		return string(v), true
	default:
		return "", false
	}
}

// hexBlob reads bytes, or their size.
func hexBlob(raw any, c column) (blob, bool) {
	s, ok := written(raw)
	if !ok || c.Class != classBinary {
		return blob{}, false
	}
	if digits, ok := strings.CutPrefix(s, sizePrefix); ok {
		size, _ := strconv.ParseInt(digits, 10, 64)
		return blob{size: size}, true
	}
	b, err := hex.DecodeString(s)
	return blob{bytes: b, size: int64(len(b))}, err == nil
}

// oversize gives the size of a text that is not itself read.
func oversize(s string) (int64, bool) {
	if len(s) > 64 || len(s) == 0 || s[0] != 1 {
		return 0, false
	}
	digits, ok := strings.CutPrefix(s, "\x01"+sizePrefix)
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	return n, err == nil && n > maxText
}

// writtenValue reads a value of the column's class; what does not look like
// one is text.
func writtenValue(raw any, c column, zone *time.Location) core.Value {
	s, ok := written(raw)
	switch {
	case raw == nil:
		return core.NullValue()
	case !ok:
		return core.WithheldValue(core.Withheld{Reason: core.WithheldUnreadable})
	}
	switch c.Class {
	case classInteger:
		if n, err := strconv.ParseInt(s, 10, 64); err == nil {
			return core.IntegerValue(n)
		}
	case classDecimal:
		if strings.ContainsAny(s[:min(len(s), 1)], "-0123456789.") && !strings.Contains(s, "Inf") {
			return core.DecimalValue(s)
		}
	case classFlag:
		switch s {
		case "true", "1":
			return core.FlagValue(true)
		case "false", "0":
			return core.FlagValue(false)
		}
		if n, err := strconv.ParseInt(s, 10, 64); err == nil {
			return core.IntegerValue(n)
		}
	}
	return textValue(s, c.Class, zone)
}

// writtenKeyPart reads a part of a key; bytes are hexadecimal digits, with \x
// before them or not.
func writtenKeyPart(raw any, c column) (keyPart, bool) {
	s, ok := written(raw)
	if !ok {
		return keyPart{}, false
	}
	switch c.Class {
	case classInteger:
		if n, err := strconv.ParseInt(s, 10, 64); err == nil {
			return keyPart{Type: keyInteger, Number: n, bind: s}, true
		}
	case classBinary:
		if b, err := hex.DecodeString(strings.TrimPrefix(s, `\x`)); err == nil {
			bind := any(b)
			if strings.HasPrefix(s, `\x`) {
				bind = s
			}
			return keyPart{Type: keyBytes, Text: b, bind: bind}, true
		}
	}
	return keyPart{Type: keyText, Text: []byte(s), bind: s}, true
}
