package core_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sinusta/sinusta/core"
)

// fill gives v, and everything below it, values that are not zero; so a
// member that is added later is filled too, and must come back.
func fill(r *rand.Rand, v reflect.Value) {
	if t, ok := v.Addr().Interface().(*time.Time); ok {
		*t = time.Unix(r.Int64N(1<<34)-(1<<33), r.Int64N(1e9)).UTC()
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString("ä" + strings.Repeat("x", r.IntN(300)))
	case reflect.Int64:
		v.SetInt(r.Int64() - r.Int64())
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(r, v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1+r.IntN(3), 4))
		for i := range v.Len() {
			fill(r, v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fill(r, v.Field(i))
		}
	default:
		panic("the test does not know how to fill a " + v.Kind().String())
	}
}

func TestEveryMemberOfARecordComesBack(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var in, out core.Record
		fill(r, reflect.ValueOf(&in).Elem())
		b, err := in.AppendBinary(nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := out.UnmarshalBinary(b); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(plain(t, in), plain(t, out)); diff != "" {
			t.Fatal(diff)
		}
	}
	var empty core.Record
	b, err := core.Record{}.AppendBinary(nil)
	if err != nil || empty.UnmarshalBinary(b) != nil || !reflect.DeepEqual(empty, core.Record{}) {
		t.Errorf("the empty record came back as %v, %v", empty, err)
	}
}

// plain gives the record's members, which print themselves redacted.
func plain(t *testing.T, r core.Record) string {
	t.Helper()
	b, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestBytesThatAreNoRecordAreRefused(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var in core.Record
	fill(r, reflect.ValueOf(&in).Elem())
	whole, err := in.AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	for n := range len(whole) {
		out := core.Record{Type: "kept"}
		if err := out.UnmarshalBinary(whole[:n]); err == nil || out.Type != "kept" {
			t.Fatalf("the first %d of %d bytes are read as a record", n, len(whole))
		}
	}
	var out core.Record
	if out.UnmarshalBinary(append(bytes.Clone(whole), 0)) == nil {
		t.Error("a record with a byte behind it is read")
	}
	if out.UnmarshalBinary([]byte(`{"type":"ticket"}`)) == nil {
		t.Error("JSON is read")
	}
}

func FuzzUnmarshalRecord(f *testing.F) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 5 {
		var in core.Record
		fill(r, reflect.ValueOf(&in).Elem())
		b, err := in.AppendBinary(nil)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte{1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f})
	f.Fuzz(func(t *testing.T, data []byte) {
		var one, two core.Record
		if one.UnmarshalBinary(data) != nil {
			return
		}
		b, err := one.AppendBinary(nil)
		if err != nil || two.UnmarshalBinary(b) != nil || !reflect.DeepEqual(one, two) {
			t.Error("a record does not come back as it was read")
		}
	})
}

func BenchmarkRecordForms(b *testing.B) {
	var r core.Record
	fill(rand.New(rand.NewPCG(1, 2)), reflect.ValueOf(&r).Elem())
	binary, err := r.AppendBinary(nil)
	if err != nil {
		b.Fatal(err)
	}
	text, err := json.Marshal(r)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("binary", func(b *testing.B) {
		b.SetBytes(int64(len(binary)))
		for b.Loop() {
			var out core.Record
			if err := out.UnmarshalBinary(binary); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("json", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			var out core.Record
			if err := json.Unmarshal(text, &out); err != nil {
				b.Fatal(err)
			}
		}
	})
}
