package sourcepb

import (
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/sinusta/sinusta/core"
)

// FromQuery gives q as a message.
func FromQuery(q core.Query) *SearchRequest {
	return &SearchRequest{
		RequestId: q.Request, AnyOf: each(q.AnyOf, fromKeySet), RecordTypes: q.Types,
		Period: fromInterval(q.Period), Resume: FromCheckpoint(q.Resume), MaxRecords: q.MaxRecords,
	}
}

// Query gives the message as a query.
func (m *SearchRequest) Query() core.Query {
	return core.Query{
		Request: m.GetRequestId(), AnyOf: each(m.GetAnyOf(), (*KeySet).keySet), Types: m.GetRecordTypes(),
		Period: m.GetPeriod().interval(), Resume: m.GetResume().Core(), MaxRecords: m.GetMaxRecords(),
	}
}

func fromKeySet(s core.KeySet) *KeySet { return &KeySet{AllOf: each(s.AllOf, fromIdentifier)} }

func (m *KeySet) keySet() core.KeySet {
	return core.KeySet{AllOf: each(m.GetAllOf(), (*Identifier).identifier)}
}

func fromIdentifier(i core.Identifier) *Identifier {
	return &Identifier{
		Kind: string(i.Kind), Value: i.Value, Raw: i.Raw, Issuer: i.Issuer, Valid: fromInterval(i.Valid),
		Assurance: string(i.Assurance), Status: string(i.Status),
		Forms: each(i.Forms, func(f core.Form) *Form { return &Form{Text: f.Text, Tier: string(f.Tier)} }),
	}
}

func (m *Identifier) identifier() core.Identifier {
	return core.Identifier{
		Kind: core.Kind(m.GetKind()), Value: m.GetValue(), Raw: m.GetRaw(), Issuer: m.GetIssuer(),
		Valid: m.GetValid().interval(), Assurance: core.Assurance(m.GetAssurance()),
		Status: core.Status(m.GetStatus()), Forms: each(m.GetForms(), func(f *Form) core.Form {
			return core.Form{Text: f.GetText(), Tier: core.Tier(f.GetTier())}
		}),
	}
}

// FromRecord gives r as a message.
func FromRecord(r core.Record) *Record {
	return &Record{
		Type: r.Type, Ref: r.Ref, Fields: fromFields(r.Fields), Parties: each(r.Parties, fromParty),
		Parts: each(r.Parts, func(p core.Part) *Part {
			return &Part{Type: p.Type, Ref: p.Ref, Fields: fromFields(p.Fields),
				Parties: each(p.Parties, fromParty)}
		}),
		MatchedBy: each(r.MatchedBy, func(k core.Match) *Match {
			return &Match{Kind: string(k.Kind), Issuer: k.Issuer, Slot: k.Slot, Field: k.Field, Tier: string(k.Tier)}
		}),
		Time: fromTime(r.Time),
	}
}

// Core gives the message as a record.
func (m *Record) Core() core.Record {
	return core.Record{
		Type: m.GetType(), Ref: m.GetRef(), Fields: fields(m.GetFields()),
		Parties: each(m.GetParties(), (*Party).party),
		Parts: each(m.GetParts(), func(p *Part) core.Part {
			return core.Part{Type: p.GetType(), Ref: p.GetRef(), Fields: fields(p.GetFields()),
				Parties: each(p.GetParties(), (*Party).party)}
		}),
		MatchedBy: each(m.GetMatchedBy(), func(k *Match) core.Match {
			return core.Match{Kind: core.Kind(k.GetKind()), Issuer: k.GetIssuer(), Slot: k.GetSlot(),
				Field: k.GetField(), Tier: core.Tier(k.GetTier())}
		}),
		Time: toTime(m.GetTime()),
	}
}

func fromParty(p core.Party) *Party {
	return &Party{Slot: p.Slot, Fields: fromFields(p.Fields)}
}

func (m *Party) party() core.Party {
	return core.Party{Slot: m.GetSlot(), Fields: fields(m.GetFields())}
}

// fromFields gives fields as messages. A record has dozens, so those of one
// place are made at once, and their texts too.
func fromFields(in []core.Field) []*Field {
	if len(in) == 0 {
		return nil
	}
	texts := 0
	for i := range in {
		if in[i].Value.Type == core.TypeText {
			texts++
		}
	}
	out, made := make([]*Field, len(in)), make([]Field, len(in))
	s := spare{texts: make([]Field_Text, texts)}
	for i := range in {
		out[i] = &made[i]
		s.fill(out[i], &in[i])
	}
	return out
}

// spare is what the fields of one place take their values from: a text each,
// and one null.
type spare struct {
	texts []Field_Text
	null  *Field_Null
}

// fill gives a field whose value has no known type as withheld, so that
// nothing becomes an empty value on the way.
func (s *spare) fill(m *Field, f *core.Field) {
	m.Name = f.Name
	switch v := &f.Value; v.Type {
	case core.TypeText:
		s.texts[0].Text = v.Text
		m.Value, s.texts = &s.texts[0], s.texts[1:]
	case core.TypeInteger:
		m.Value = &Field_Integer{v.Integer}
	case core.TypeDecimal:
		m.Value = &Field_Decimal{v.Text}
	case core.TypeFlag:
		m.Value = &Field_Flag{v.Flag}
	case core.TypeDate:
		m.Value = &Field_Date{v.Text}
	case core.TypeTime:
		m.Value = &Field_Time{timestamppb.New(v.Time)}
	case core.TypeNull:
		if s.null == nil {
			s.null = &Field_Null{&Null{}}
		}
		m.Value = s.null
	default:
		w := core.Withheld{Reason: core.WithheldUnreadable}
		if v.Type == core.TypeWithheld && v.Withheld != nil {
			w = *v.Withheld
		}
		m.Value = &Field_Withheld{&Withheld{Reason: string(w.Reason), LegalBasis: w.LegalBasis, Size: w.Size, Ref: w.Ref}}
	}
	if e := f.Value.Meaning; e != nil {
		m.Meaning = &Meaning{Fi: e.FI, Sv: e.SV, En: e.EN}
	}
}

func fields(ms []*Field) []core.Field {
	if len(ms) == 0 {
		return nil
	}
	out := make([]core.Field, len(ms))
	for i, m := range ms {
		m.fill(&out[i])
	}
	return out
}

// fill makes f of the message.
func (m *Field) fill(f *core.Field) {
	f.Name = m.GetName()
	switch v := m.GetValue().(type) {
	case *Field_Text:
		f.Value = core.TextValue(v.Text)
	case *Field_Integer:
		f.Value = core.IntegerValue(v.Integer)
	case *Field_Decimal:
		f.Value = core.DecimalValue(v.Decimal)
	case *Field_Flag:
		f.Value = core.FlagValue(v.Flag)
	case *Field_Date:
		f.Value = core.Value{Type: core.TypeDate, Text: v.Date}
	case *Field_Time:
		f.Value = core.WithheldValue(core.Withheld{Reason: core.WithheldUnreadable})
		if v.Time.IsValid() {
			f.Value = core.TimeValue(v.Time.AsTime())
		}
	case *Field_Null:
		f.Value = core.NullValue()
	case *Field_Withheld:
		w := v.Withheld
		f.Value = core.WithheldValue(core.Withheld{Reason: core.WithheldReason(w.GetReason()),
			LegalBasis: w.GetLegalBasis(), Size: w.GetSize(), Ref: w.GetRef()})
	default: // a type of a later version
		f.Value = core.WithheldValue(core.Withheld{Reason: core.WithheldUnreadable})
	}
	if e := m.GetMeaning(); e != nil {
		f.Value.Meaning = &core.Meaning{FI: e.GetFi(), SV: e.GetSv(), EN: e.GetEn()}
	}
}

// FromCheckpoint gives c as a message, nil for the zero checkpoint.
func FromCheckpoint(c core.Checkpoint) *Checkpoint {
	if c.Format == "" && len(c.Cursor) == 0 {
		return nil
	}
	return &Checkpoint{Format: c.Format, Cursor: c.Cursor}
}

// Core gives the message as a checkpoint; nil is the zero checkpoint.
func (m *Checkpoint) Core() core.Checkpoint {
	return core.Checkpoint{Format: m.GetFormat(), Cursor: m.GetCursor()}
}

// FromProgress gives p as a message.
func FromProgress(p core.Progress) *Progress {
	return &Progress{Records: p.Records, WaitUntil: fromTime(p.WaitUntil)}
}

// Core gives the message as progress.
func (m *Progress) Core() core.Progress {
	return core.Progress{Records: m.GetRecords(), WaitUntil: toTime(m.GetWaitUntil())}
}

// FromProblem gives p as a message.
func FromProblem(p core.Problem) *Problem {
	m := &Problem{
		Class: string(p.Class), Phase: string(p.Phase), Origin: string(p.Origin), Message: p.Message,
		ConfigPath: p.ConfigPath, RecordType: p.RecordType, Kinds: words(p.Kinds),
	}
	if p.RetryAfter != 0 {
		m.RetryAfter = durationpb.New(p.RetryAfter)
	}
	return m
}

// Core gives the message as a problem. A class that this version does not
// know is a bug: nobody would know what to do about it.
func (m *Problem) Core() core.Problem {
	p := core.Problem{
		Class: core.Class(m.GetClass()), Phase: core.Phase(m.GetPhase()), Origin: core.Origin(m.GetOrigin()),
		Message: m.GetMessage(), ConfigPath: m.GetConfigPath(), RecordType: m.GetRecordType(),
		Kinds: kinds(m.GetKinds()), RetryAfter: m.GetRetryAfter().AsDuration(),
	}
	p.Class = p.Class.Known()
	return p
}

// FromCompletion gives c as a message with the digest of the stream.
func FromCompletion(c core.Completion, digest []byte) *Completion {
	m := &Completion{
		Searched: each(c.Searched, fromTypeCount), Problems: each(c.Problems, FromProblem), Digest: digest,
		LeftOut: each(c.LeftOut, func(l core.LeftOut) *LeftOut {
			return &LeftOut{Table: l.Table, Column: l.Column, Reason: l.Reason}
		}),
	}
	switch c.Result {
	case core.Complete:
		m.Result = Result_RESULT_COMPLETE
	case core.Partly:
		m.Result = Result_RESULT_PARTIAL
	case core.Deferred:
		m.Result = Result_RESULT_DEFERRED
	case core.Failed:
		m.Result = Result_RESULT_FAILED
	}
	return m
}

// Core gives the message as a completion. A result that this version does not
// know has the empty result, and proves nothing.
func (m *Completion) Core() core.Completion {
	c := core.Completion{
		Searched: each(m.GetSearched(), (*TypeCount).typeCount), Problems: each(m.GetProblems(), (*Problem).Core),
		LeftOut: each(m.GetLeftOut(), func(l *LeftOut) core.LeftOut {
			return core.LeftOut{Table: l.GetTable(), Column: l.GetColumn(), Reason: l.GetReason()}
		}),
	}
	switch m.GetResult() {
	case Result_RESULT_COMPLETE:
		c.Result = core.Complete
	case Result_RESULT_PARTIAL:
		c.Result = core.Partly
	case Result_RESULT_DEFERRED:
		c.Result = core.Deferred
	case Result_RESULT_FAILED:
		c.Result = core.Failed
	}
	return c
}

func fromTypeCount(c core.TypeCount) *TypeCount {
	m := &TypeCount{Type: c.Type, Examined: c.Examined, Kinds: words(c.Kinds), Matched: c.Matched,
		Sent: c.Sent, Needs: words(c.Needs), Statements: c.Statements}
	if c.Took != 0 {
		m.Took = durationpb.New(c.Took)
	}
	return m
}

func (m *TypeCount) typeCount() core.TypeCount {
	return core.TypeCount{Type: m.GetType(), Examined: m.GetExamined(), Kinds: kinds(m.GetKinds()),
		Matched: m.GetMatched(), Sent: m.GetSent(), Needs: kinds(m.GetNeeds()),
		Statements: m.GetStatements(), Took: m.GetTook().AsDuration()}
}

func fromInterval(v core.Interval) *Interval {
	if v.IsZero() {
		return nil
	}
	return &Interval{From: fromTime(v.From), To: fromTime(v.To)}
}

func (m *Interval) interval() core.Interval {
	return core.Interval{From: toTime(m.GetFrom()), To: toTime(m.GetTo())}
}

func fromTime(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}

// toTime gives the zero time for a time that is not there or outside the years
// 1 to 9999, which could not be stored.
func toTime(t *timestamppb.Timestamp) time.Time {
	if !t.IsValid() {
		return time.Time{}
	}
	return t.AsTime()
}

func words(ks []core.Kind) []string { return each(ks, func(k core.Kind) string { return string(k) }) }

func kinds(ws []string) []core.Kind {
	return each(ws, func(w string) core.Kind { return core.Kind(w) })
}

func each[A, B any](in []A, f func(A) B) []B {
	if len(in) == 0 {
		return nil
	}
	out := make([]B, len(in))
	for i, v := range in {
		out[i] = f(v)
	}
	return out
}
