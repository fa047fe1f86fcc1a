package sourcepb

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/sinusta/sinusta/core"
)

func text() *rapid.Generator[string] { return rapid.StringN(0, 20, -1) }

func moment() *rapid.Generator[time.Time] {
	return rapid.Custom(func(t *rapid.T) time.Time {
		if rapid.Bool().Draw(t, "unknown") {
			return time.Time{}
		}
		return time.Unix(rapid.Int64Range(-62_000_000_000, 250_000_000_000).Draw(t, "s"),
			rapid.Int64Range(0, 999_999_999).Draw(t, "ns")).UTC()
	})
}

func list[T any](g *rapid.Generator[T]) *rapid.Generator[[]T] {
	return rapid.Custom(func(t *rapid.T) []T {
		if l := rapid.SliceOfN(g, 0, 4).Draw(t, "list"); len(l) > 0 {
			return l
		}
		return nil
	})
}

func kind() *rapid.Generator[core.Kind] {
	return rapid.SampledFrom([]core.Kind{core.Email, core.Name, core.PersonalIdentityCode, "of-a-later-version"})
}

func value() *rapid.Generator[core.Value] {
	return rapid.OneOf(
		rapid.Map(text(), core.TextValue), rapid.Map(rapid.Int64(), core.IntegerValue),
		rapid.Map(text(), core.DecimalValue), rapid.Map(rapid.Bool(), core.FlagValue),
		rapid.Map(moment(), core.DateValue), rapid.Map(moment(), core.TimeValue),
		rapid.Just(core.NullValue()),
		rapid.Custom(func(t *rapid.T) core.Value {
			return core.WithheldValue(core.Withheld{Reason: core.WithheldReason(text().Draw(t, "reason")),
				LegalBasis: text().Draw(t, "basis"), Size: rapid.Int64().Draw(t, "size"), Ref: text().Draw(t, "ref")})
		}))
}

func field() *rapid.Generator[core.Field] {
	return rapid.Custom(func(t *rapid.T) core.Field {
		f := core.Field{Name: text().Draw(t, "name"), Value: value().Draw(t, "value")}
		if rapid.Bool().Draw(t, "code") {
			f.Value.Meaning = &core.Meaning{FI: text().Draw(t, "fi"), SV: text().Draw(t, "sv"), EN: text().Draw(t, "en")}
		}
		return f
	})
}

func party() *rapid.Generator[core.Party] {
	return rapid.Custom(func(t *rapid.T) core.Party {
		return core.Party{Slot: text().Draw(t, "slot"), Fields: list(field()).Draw(t, "fields")}
	})
}

func record() *rapid.Generator[core.Record] {
	return rapid.Custom(func(t *rapid.T) core.Record {
		return core.Record{Type: text().Draw(t, "type"), Ref: text().Draw(t, "ref"),
			Fields: list(field()).Draw(t, "fields"), Parties: list(party()).Draw(t, "parties"),
			Parts: list(rapid.Custom(func(t *rapid.T) core.Part {
				return core.Part{Type: text().Draw(t, "type"), Ref: text().Draw(t, "ref"),
					Fields: list(field()).Draw(t, "fields"), Parties: list(party()).Draw(t, "parties")}
			})).Draw(t, "parts"),
			MatchedBy: list(rapid.Custom(func(t *rapid.T) core.Match {
				return core.Match{Kind: kind().Draw(t, "kind"), Issuer: text().Draw(t, "issuer"),
					Slot: text().Draw(t, "slot"), Field: text().Draw(t, "field"), Tier: core.TierFolded}
			})).Draw(t, "matches"),
			Time: moment().Draw(t, "time")}
	})
}

func interval() *rapid.Generator[core.Interval] {
	return rapid.Custom(func(t *rapid.T) core.Interval {
		return core.Interval{From: moment().Draw(t, "from"), To: moment().Draw(t, "to")}
	})
}

func query() *rapid.Generator[core.Query] {
	identifier := rapid.Custom(func(t *rapid.T) core.Identifier {
		return core.Identifier{Kind: kind().Draw(t, "kind"), Value: text().Draw(t, "value"), Raw: text().Draw(t, "raw"),
			Issuer: text().Draw(t, "issuer"), Valid: interval().Draw(t, "valid"),
			Assurance: rapid.SampledFrom([]core.Assurance{"", core.Stated, core.Verified}).Draw(t, "assurance"),
			Status:    rapid.SampledFrom([]core.Status{"", core.Valid, core.Generic}).Draw(t, "status"),
			Forms: list(rapid.Custom(func(t *rapid.T) core.Form {
				return core.Form{Text: text().Draw(t, "text"), Tier: core.TierVariant}
			})).Draw(t, "forms")}
	})
	return rapid.Custom(func(t *rapid.T) core.Query {
		return core.Query{Request: text().Draw(t, "request"), Types: list(text()).Draw(t, "types"),
			Period: interval().Draw(t, "period"), MaxRecords: rapid.Uint64().Draw(t, "max"),
			Resume: core.Checkpoint{Format: text().Draw(t, "format"), Cursor: list(rapid.Byte()).Draw(t, "cursor")},
			AnyOf: list(rapid.Custom(func(t *rapid.T) core.KeySet {
				return core.KeySet{AllOf: list(identifier).Draw(t, "all")}
			})).Draw(t, "any")}
	})
}

func aProblem() *rapid.Generator[core.Problem] {
	return rapid.Custom(func(t *rapid.T) core.Problem {
		return core.Problem{Class: rapid.SampledFrom([]core.Class{core.ClassConfig, core.ClassDeadline, core.ClassUnmapped,
			core.ClassRateLimited}).Draw(t, "class"), Phase: core.PhaseSearch, Origin: core.OriginSystem,
			Message: text().Draw(t, "message"), ConfigPath: text().Draw(t, "path"), RecordType: text().Draw(t, "type"),
			Kinds: list(kind()).Draw(t, "kinds"), RetryAfter: time.Duration(rapid.Int64().Draw(t, "after"))}
	})
}

func completion() *rapid.Generator[core.Completion] {
	return rapid.Custom(func(t *rapid.T) core.Completion {
		return core.Completion{
			Result:   rapid.SampledFrom([]core.Result{core.Complete, core.Partly, core.Deferred, core.Failed}).Draw(t, "result"),
			Problems: list(aProblem()).Draw(t, "problems"),
			Searched: list(rapid.Custom(func(t *rapid.T) core.TypeCount {
				return core.TypeCount{Type: text().Draw(t, "type"), Examined: rapid.Bool().Draw(t, "examined"),
					Kinds: list(kind()).Draw(t, "kinds"), Matched: rapid.Uint64().Draw(t, "matched"),
					Sent: rapid.Uint64().Draw(t, "sent"), Needs: list(kind()).Draw(t, "needs"),
					Statements: rapid.Uint64().Draw(t, "statements"), Took: time.Duration(rapid.Int64().Draw(t, "took"))}
			})).Draw(t, "searched"),
			LeftOut: list(rapid.Custom(func(t *rapid.T) core.LeftOut {
				return core.LeftOut{Table: text().Draw(t, "table"), Column: text().Draw(t, "column"), Reason: text().Draw(t, "reason")}
			})).Draw(t, "left out")}
	})
}

// Everything that crosses the wire arrives as it left.
func TestRoundTrip(t *testing.T) {
	t.Run("record", rapid.MakeCheck(func(t *rapid.T) {
		in := record().Draw(t, "in")
		same(t, in, wire(t, FromRecord(in), &Record{}).Core())
	}))
	t.Run("query", rapid.MakeCheck(func(t *rapid.T) {
		in := query().Draw(t, "in")
		same(t, in, wire(t, FromQuery(in), &SearchRequest{}).Query())
	}))
	t.Run("completion", rapid.MakeCheck(func(t *rapid.T) {
		in := completion().Draw(t, "in")
		same(t, in, wire(t, FromCompletion(in, []byte{1}), &Completion{}).Core())
	}))
	t.Run("problem in a status", rapid.MakeCheck(func(t *rapid.T) {
		in := aProblem().Draw(t, "in")
		out, ok := ProblemIn(Status(in))
		if !ok {
			t.Fatal("the status holds no problem")
		}
		same(t, in, out)
	}))
	t.Run("promised kinds", rapid.MakeCheck(func(t *rapid.T) {
		in := list(kind()).Draw(t, "in")
		same(t, in, kinds(wire(t, &ConfigureRequest{Complete: words(in)}, &ConfigureRequest{}).GetComplete()))
	}))
	t.Run("progress", rapid.MakeCheck(func(t *rapid.T) {
		in := core.Progress{Records: rapid.Uint64().Draw(t, "records"), WaitUntil: moment().Draw(t, "until")}
		same(t, in, wire(t, FromProgress(in), &Progress{}).Core())
	}))
}

func TestWhatThisVersionDoesNotKnowBecomesTheUnsafeThing(t *testing.T) {
	if p := (&Problem{Class: "of-a-later-version"}).Core(); p.Class != core.ClassBug {
		t.Errorf("class %q", p.Class)
	}
	if c := (&Completion{Result: 99}).Core(); c.Result != "" {
		t.Errorf("result %q", c.Result)
	}
	for _, f := range []*Field{{Name: "x"}, fromFields([]core.Field{{Name: "x", Value: core.Value{Type: "blob"}}})[0],
		fromFields([]core.Field{{Name: "x"}})[0]} {
		if v := fields([]*Field{f})[0].Value; v.Type != core.TypeWithheld || v.Withheld.Reason != core.WithheldUnreadable {
			t.Errorf("value %+v", v)
		}
	}
}

func TestTheDigestTellsRefsApart(t *testing.T) {
	sum := func(refs ...string) string {
		d := NewDigest()
		for _, r := range refs {
			d.Add(r)
		}
		return string(d.Sum())
	}
	if sum("ab", "c") == sum("a", "bc") || sum("a", "b") == sum("b", "a") || sum() == sum("") {
		t.Error("two streams have one digest")
	}
}

func TestHelloIsReadWithoutWhatFollows(t *testing.T) {
	var b bytes.Buffer
	in := Hello{Cert: []byte("c"), Key: []byte("k"), HostCert: []byte("h")}
	if err := in.Write(&b); err != nil {
		t.Fatal(err)
	}
	b.WriteString("after")
	out, err := ReadHello(&b)
	if err != nil {
		t.Fatal(err)
	}
	if rest, _ := io.ReadAll(&b); !cmp.Equal(in, out) || string(rest) != "after" {
		t.Errorf("read %v, left %q", out, rest)
	}
	for _, bad := range []string{"", "\x00", "\xff\xff\xff\xff", "\x00\x00\x00\x05{", "\x00\x00\x00\x01x"} {
		if _, err := ReadHello(strings.NewReader(bad)); err == nil {
			t.Errorf("%q is read as a first message", bad)
		}
	}
}

// wire sends a message through its bytes.
func wire[M proto.Message](t *rapid.T, in, out M) M {
	raw, err := proto.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	if err := proto.Unmarshal(raw, out); err != nil {
		t.Fatal(err)
	}
	return out
}

func same(t *rapid.T, in, out any) {
	if diff := cmp.Diff(in, out); diff != "" {
		t.Fatalf("(-in +out):\n%s", diff)
	}
}
