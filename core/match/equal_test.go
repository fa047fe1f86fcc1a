package match

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/name"
)

// full gives an assessment of which every member is set.
func full() Assessment {
	e := []Evidence{{Kind: core.Email, Issuer: "i", Class: ClassA, Slot: "s", Field: "f", Masked: "m", Conflict: true, Inexact: true, NameLevel: name.Typo}}
	refs := []PartyRef{{Part: 1, Party: 2}}
	return Assessment{Verdict: core.Confirmed, Reason: ReasonIdentifier, Official: true, Restricted: true, Owner: OwnerSelf, Evidence: e, Subject: refs, Possible: refs,
		Persons: []Person{{Party: refs[0], Evidence: e, Source: "V1", Inexact: true, National: true, Named: true, FullName: true,
			Exclusive: map[string]string{"k": "v"}}}}.Clone()
}

// Two assessments that differ in anything are not equal, however deep it lies.
func TestAssessmentsThatDifferInAnything(t *testing.T) {
	if a := full(); !a.Equal(full()) || !a.Equal(a.Clone()) || a.Equal(Assessment{}) {
		t.Fatal("an assessment is not equal to itself, or to none")
	}
	changes := 0
	var change func(at string, get func(*Assessment) reflect.Value)
	change = func(at string, get func(*Assessment) reflect.Value) {
		a := full()
		v := get(&a)
		switch v.Kind() {
		case reflect.Struct:
			for i := range v.NumField() {
				change(at+"."+v.Type().Field(i).Name, func(a *Assessment) reflect.Value { return get(a).Field(i) })
			}
			return
		case reflect.Slice:
			if v.Len() == 0 {
				t.Fatalf("%s is not set", at)
			}
			change(at+"[0]", func(a *Assessment) reflect.Value { return get(a).Index(0) })
			v.SetZero()
		case reflect.Map:
			v.SetMapIndex(reflect.ValueOf("k"), reflect.ValueOf("other"))
		default:
			if v.IsZero() && v.Kind() != reflect.Int {
				t.Fatalf("%s is not set", at)
			}
			v.SetZero()
		}
		if changes++; reflect.DeepEqual(a, full()) {
			t.Fatalf("%s was not changed", at)
		}
		if a.Equal(full()) || full().Equal(a) {
			t.Errorf("%s makes no difference", at)
		}
	}
	change("assessment", func(a *Assessment) reflect.Value { return reflect.ValueOf(a).Elem() })
	if changes < 30 {
		t.Error(fmt.Sprint("only ", changes, " members were changed"))
	}
}

// A clone stays as it is when the other one is weighed.
func TestACloneStaysAsItIs(t *testing.T) {
	a := full()
	b := a.Clone()
	a.Possible = append(a.Possible, PartyRef{Part: 9})
	c := append(b.Possible, PartyRef{Part: 8})
	a.Evidence[0].Slot, a.Persons[0].Exclusive["k"], a.Persons[0].Evidence[0].Field = "x", "y", "z"
	if !b.Equal(full()) || len(c) != 2 || a.Possible[1].Part != 9 {
		t.Errorf("%+v", b)
	}
}
