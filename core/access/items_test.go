package access

import (
	"reflect"
	"testing"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/match"
)

func someItem() Item {
	judged := func(masked string) match.Assessment {
		return match.Assessment{Verdict: core.Confirmed, Reason: match.ReasonIdentifier, Subject: []match.PartyRef{{Part: -1, Party: 1}},
			Evidence: []match.Evidence{{Kind: core.Email, Slot: "requester", Field: "email", Masked: masked}}}
	}
	return Item{Verdict: core.Confirmed, Members: []Member{
		{System: "V6.1", Ref: "ticket/1", Assessment: judged("a•••")}, {System: "V7.1", Ref: "ticket/å\x00", Assessment: judged("a•••")}}}
}

func TestStoredItemIsReadBack(t *testing.T) {
	for _, want := range []Item{someItem(), {Verdict: core.Review}} {
		raw, err := want.AppendBinary(nil)
		if err != nil {
			t.Fatal(err)
		}
		var got Item
		if err := got.UnmarshalBinary(raw); err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("%v: read %+v, wrote %+v", err, got, want)
		}
		head := headReader{kept: judgements{}}
		if err := head.UnmarshalBinary(raw); err != nil {
			t.Fatal(err)
		}
		whole, ok := head.head.whole()
		if whole.Members = append([]Member(nil), whole.Members...); !ok || !reflect.DeepEqual(whole, want) {
			t.Fatalf("the head gives %+v, wrote %+v", whole, want)
		}
	}
}

// What does not fit is read again from the store, never left out.
func TestOnlySomeJudgementsAreKept(t *testing.T) {
	kept := judgements{}
	for n := range maxJudgements + 1 {
		item := someItem()
		item.Members[0].Assessment.Evidence[0].Masked = string(rune('a' + n))
		item.Members = item.Members[:1]
		raw, err := item.AppendBinary(nil)
		if err != nil {
			t.Fatal(err)
		}
		read := headReader{kept: kept}
		if err := read.UnmarshalBinary(raw); err != nil {
			t.Fatal(err)
		}
		if whole, ok := read.head.whole(); ok != (n < maxJudgements) || ok && !reflect.DeepEqual(whole, item) {
			t.Fatalf("judgement %d: kept %t, as %+v", n, ok, whole)
		}
	}
}

func FuzzStoredItem(f *testing.F) {
	raw, err := someItem().AppendBinary(nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add(raw[:len(raw)-1])
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, raw []byte) {
		var item Item
		if item.UnmarshalBinary(raw) != nil {
			return
		}
		again, err := item.AppendBinary(nil)
		if err != nil {
			t.Fatal(err)
		}
		var other Item
		if err := other.UnmarshalBinary(again); err != nil || !reflect.DeepEqual(item, other) {
			t.Fatalf("%v: %+v is not %+v", err, item, other)
		}
	})
}
