package sourcepb

import (
	"bytes"
	"testing"

	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
)

// unmarshal reads b as the event of a search, in several buffers as gRPC gives
// them.
func unmarshal(b []byte) (*SearchEvent, error) {
	var m SearchEvent
	half := len(b) / 2
	return &m, Frugal().Unmarshal(mem.BufferSlice{mem.SliceBuffer(b[:half]), mem.SliceBuffer(b[half:])}, &m)
}

func TestTheFrugalCodecReadsWhatTheOtherWrites(t *testing.T) {
	want := &SearchEvent{Event: &SearchEvent_Batch{Batch: &RecordBatch{Records: []*Record{{Ref: "t/1", Type: "t",
		Fields: []*Field{{Name: "x", Value: &Field_Null{Null: &Null{}}}}}}}}}
	written, err := Frugal().Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := unmarshal(written.Materialize())
	if err != nil || !proto.Equal(want, got) {
		t.Errorf("%v, %v", got, err)
	}
}

func TestAMessageOfTooManyPartsIsNotMade(t *testing.T) {
	// A batch with n empty records, or with one record of n empty fields.
	batch := func(body []byte) []byte {
		return protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), body)
	}
	for name, c := range map[string]struct {
		event []byte
		ok    bool
	}{
		"records up to the bound":  {batch(bytes.Repeat([]byte{0x0a, 0}, MaxParts-1)), true},
		"records beyond the bound": {batch(bytes.Repeat([]byte{0x0a, 0}, MaxParts)), false},
		"fields beyond the bound":  {batch(batch(bytes.Repeat([]byte{0x1a, 0}, MaxParts))), false},
		"no message":               {[]byte{0xff}, false},
		"cut short":                {[]byte{0x0a, 0x7f, 1}, false},
	} {
		m, err := unmarshal(c.event)
		if (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
		if !c.ok && len(m.GetBatch().GetRecords()) > 0 {
			t.Errorf("%s: %d records were made", name, len(m.GetBatch().GetRecords()))
		}
	}
}
