//go:build unix

package host

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/internal/sourcepb"
)

type eventStream = grpc.ServerStreamingServer[sourcepb.SearchEvent]

// hostile are the searches of plugins that break something beyond the counts
// of their answer, by the plugin's name.
func hostile() map[string]func(out eventStream) error {
	return map[string]func(out eventStream) error{
		"raw-noise":        noisy,
		"raw-stderr":       talkative,
		"raw-300-mb":       func(out eventStream) error { return sendRecords(out, textRecord("ticket/0", 300<<20)) },
		"raw-many-empty":   manyEmpty,
		"raw-bad-ref":      func(out eventStream) error { return sendRaw(out, rawBatch("ticket/\xff\xfe", "x")) },
		"raw-bad-value":    func(out eventStream) error { return sendRaw(out, rawBatch("ticket/9", "M\xe4kinen")) },
		"raw-bad-notice":   func(out eventStream) error { return sendRaw(out, rawNotice("M\xe4kinen")) },
		"raw-bad-status":   badStatus,
		"raw-garbage":      func(out eventStream) error { return sendRaw(out, []byte("\xff\xff\xff\xff 010190-900X")) },
		"raw-repeats":      repeats,
		"raw-later-event":  func(out eventStream) error { return sendRaw(out, bytesField(nil, 99, []byte("news"))) },
		"raw-later-fields": laterFields,
		"raw-later-words":  laterWords,
		"raw-later-type":   laterType,
		"raw-beats":        beats,
		"raw-waits":        waits,
		"raw-odd-times":    oddTimes,
		"raw-long-problem": longProblem,
		"raw-long-error": func(eventStream) error {
			return status.Error(codes.Internal, strings.Repeat("x ", 1<<20)+person)
		},
		"raw-exhausted": func(eventStream) error { return status.Error(codes.ResourceExhausted, "of "+person) },
	}
}

// sendGood sends a right answer.
func sendGood(out eventStream, records ...*sourcepb.Record) error {
	digest := sourcepb.NewDigest()
	for _, r := range records {
		digest.Add(r.Ref)
	}
	n := uint64(len(records))
	if err := sendRecords(out, records...); err != nil {
		return err
	}
	return sendEnd(out, n, digest.Sum())
}

func sendEnd(out eventStream, n uint64, digest []byte) error {
	return out.Send(&sourcepb.SearchEvent{Event: &sourcepb.SearchEvent_Completion{Completion: sourcepb.FromCompletion(
		core.Completion{Result: core.Complete, Searched: []core.TypeCount{{Type: "ticket", Examined: true, Matched: n, Sent: n}}},
		digest)}})
}

func sendRecords(out eventStream, records ...*sourcepb.Record) error {
	return out.Send(&sourcepb.SearchEvent{Event: &sourcepb.SearchEvent_Batch{Batch: &sourcepb.RecordBatch{Records: records}}})
}

func ticketOf(n int) *sourcepb.Record {
	return &sourcepb.Record{Type: "ticket", Ref: fmt.Sprintf("ticket/%d", n)}
}

func textRecord(ref string, size int) *sourcepb.Record {
	return &sourcepb.Record{Type: "ticket", Ref: ref, Fields: []*sourcepb.Field{
		{Name: "x", Value: &sourcepb.Field_Text{Text: strings.Repeat("x", size)}}}}
}

// sendRaw sends an event of these bytes after a good batch, and then a closing
// message that would do for the batch alone.
func sendRaw(out eventStream, event []byte) error {
	digest := sourcepb.NewDigest()
	digest.Add("ticket/1")
	if err := sendRecords(out, ticketOf(1)); err != nil {
		return err
	}
	m := &emptypb.Empty{}
	m.ProtoReflect().SetUnknown(event)
	if err := out.SendMsg(m); err != nil {
		return err
	}
	return sendEnd(out, 1, digest.Sum())
}

func bytesField(to []byte, n protowire.Number, value []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(to, n, protowire.BytesType), value)
}

func rawBatch(ref, value string) []byte {
	field := bytesField(bytesField(nil, 1, []byte("name")), 2, []byte(value))
	record := bytesField(bytesField(bytesField(nil, 1, []byte("ticket")), 2, []byte(ref)), 3, field)
	return bytesField(nil, 1, bytesField(nil, 1, record))
}

func rawNotice(text string) []byte {
	return bytesField(nil, 4, bytesField(bytesField(nil, 1, []byte("partial")), 4, []byte(text)))
}

// badStatus ends with a problem whose text is no valid UTF-8.
func badStatus(eventStream) error {
	p := &sourcepb.Problem{Class: "auth"}
	p.ProtoReflect().SetUnknown(bytesField(nil, 4, []byte("M\xe4kinen")))
	s, err := status.New(codes.Unauthenticated, "no M\xe4kinen").WithDetails(p)
	if err != nil {
		return err
	}
	return s.Err()
}

// noisy writes to the real standard output, what no SDK keeps it from: lines,
// lines with bars, and twice more than go-plugin's reader takes.
func noisy(out eventStream) error {
	fmt.Println("hello") // go-plugin takes it
	for _, text := range []string{"hello\n", "1|1|unix|/x|grpc|\n", strings.Repeat("x", 200<<10) + "\n",
		strings.Repeat("y", 200<<10) + "\n", strings.Repeat("z", 200<<10)} {
		for b := []byte(text); len(b) > 0; {
			n, err := syscall.Write(1, b)
			if err != nil {
				return err
			}
			b = b[n:]
		}
	}
	return sendGood(out, ticketOf(1), ticketOf(2))
}

// talkative writes what no log takes to standard error, and lines of every
// kind.
func talkative(out eventStream) error {
	// go-plugin has moved os.Stderr away.
	line := func(text string) { _, _ = syscall.Write(2, []byte(text+"\n")) }
	line(`{"@level":"warn","@message":"first 010190-900X"}`)
	line("a line of no log: Maija")
	line("[ERROR] Maija in the form of another log")
	line(`{"level":"error","msg":"Maija in a log of another form"}`)
	line(`{"@level":"info","@message":"` + strings.Repeat("Maija ", 20_000) + `"}`)
	line(strings.Repeat("Maija", 40_000))
	line("\xff\xfe\x00 Maija")
	for i := range 20_000 {
		line(fmt.Sprintf(`{"@level":"info","@message":"flood","n":%d}`, i))
	}
	return sendGood(out, ticketOf(1))
}

// manyEmpty fills a message with as many records as it can hold.
func manyEmpty(out eventStream) error {
	return sendRaw(out, bytesField(nil, 1, bytes.Repeat([]byte{0x0a, 0}, 2<<20)))
}

// repeats goes back behind its own checkpoint.
func repeats(out eventStream) error {
	digest := sourcepb.NewDigest()
	n := uint64(0)
	for range 2 {
		if err := sendRecords(out, ticketOf(1), ticketOf(2)); err != nil {
			return err
		}
		digest.Add("ticket/1")
		digest.Add("ticket/2")
		n += 2
		if err := out.Send(&sourcepb.SearchEvent{Event: &sourcepb.SearchEvent_Checkpoint{
			Checkpoint: &sourcepb.Checkpoint{Format: "n", Cursor: []byte("2")}}}); err != nil {
			return err
		}
	}
	return sendEnd(out, n, digest.Sum())
}

// laterFields answers as a later version does that has more fields.
func laterFields(out eventStream) error {
	r := ticketOf(1)
	r.ProtoReflect().SetUnknown(bytesField(nil, 200, []byte("new")))
	return sendGood(out, r)
}

// laterWords uses words that this version does not know, beside a field whose
// value is of a type that it does not know.
func laterWords(out eventStream) error {
	r := ticketOf(1)
	value := &sourcepb.Field{Name: "x"}
	value.ProtoReflect().SetUnknown(bytesField(nil, 99, []byte("a value of a later type")))
	r.Fields = []*sourcepb.Field{value}
	if err := out.Send(&sourcepb.SearchEvent{Event: &sourcepb.SearchEvent_Notice{Notice: &sourcepb.Problem{
		Class: "weather", Phase: "later", Origin: "elsewhere", Message: "rain", RetryAfter: durationpb.New(-time.Hour)}}}); err != nil {
		return err
	}
	return sendGood(out, r)
}

// laterType counts a record type that the plugin never declared.
func laterType(out eventStream) error {
	c := sourcepb.FromCompletion(core.Completion{Result: core.Complete, Searched: []core.TypeCount{
		{Type: "ticket", Examined: true}, {Type: person, Examined: true}}}, sourcepb.NewDigest().Sum())
	return out.Send(&sourcepb.SearchEvent{Event: &sourcepb.SearchEvent_Completion{Completion: c}})
}

// beats is slow, 1.5 s in all, and says so.
func beats(out eventStream) error {
	for range 15 {
		time.Sleep(100 * time.Millisecond)
		if err := out.Send(&sourcepb.SearchEvent{Event: &sourcepb.SearchEvent_Progress{Progress: &sourcepb.Progress{}}}); err != nil {
			return err
		}
	}
	return sendGood(out, ticketOf(1))
}

// waits says that it waits until a time in fifty years, by a clock of its own,
// and is never heard of again.
func waits(out eventStream) error {
	if err := out.Send(&sourcepb.SearchEvent{Event: &sourcepb.SearchEvent_Progress{Progress: &sourcepb.Progress{
		WaitUntil: timestamppb.New(time.Now().AddDate(50, 0, 0))}}}); err != nil {
		return err
	}
	time.Sleep(time.Minute)
	return nil
}

// oddTimes sends times that are none.
func oddTimes(out eventStream) error {
	r := ticketOf(1)
	r.Time = &timestamppb.Timestamp{Seconds: 1 << 60}
	for _, at := range []*timestamppb.Timestamp{{Seconds: 1 << 60}, {Seconds: -1 << 60}, {Nanos: -5}} {
		r.Fields = append(r.Fields, &sourcepb.Field{Name: "at", Value: &sourcepb.Field_Time{Time: at}})
	}
	return sendGood(out, r)
}

// longProblem tells a problem of a megabyte that ends with a person.
func longProblem(out eventStream) error {
	long := strings.Repeat("ää ", 300_000) + person
	p := &sourcepb.Problem{Class: "partial", Message: person + " " + long, ConfigPath: person + long, RecordType: person + long,
		Kinds: []string{person + long}}
	if err := out.Send(&sourcepb.SearchEvent{Event: &sourcepb.SearchEvent_Notice{Notice: p}}); err != nil {
		return err
	}
	return sendGood(out, ticketOf(1))
}

// healthOf answers the question of health as the plugin of that name does.
func healthOf(name string) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
		if strings.HasPrefix(info.FullMethod, "/grpc.health.") {
			switch name {
			case "raw-unwell":
				return &grpc_health_v1.HealthCheckResponse{Status: grpc_health_v1.HealthCheckResponse_NOT_SERVING}, nil
			case "raw-deaf":
				time.Sleep(time.Minute)
			}
		}
		return next(ctx, req)
	}
}

// describing counts the descriptions that the process gave.
type describing struct{ n atomic.Int32 }

func (d *describing) describe(name string) (*sourcepb.DescribeResponse, error) {
	r := &sourcepb.DescribeResponse{Name: name, Version: "1"}
	switch name {
	case "raw-two-faced":
		r.Version = fmt.Sprint(d.n.Add(1))
	case "raw-speechless":
		time.Sleep(time.Minute)
	case "raw-undescribed":
		return nil, errors.New("no description")
	}
	return r, nil
}

// stubborn makes the process ignore every request to end that can be ignored.
func stubborn() {
	signal.Ignore(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
}
