package sourcepb

import (
	"fmt"

	"google.golang.org/grpc/encoding"
	_ "google.golang.org/grpc/encoding/proto" // registers the codec that Frugal wraps
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// MaxParts bounds the messages within one message: records, parties, fields
// and so on. An empty one takes two bytes on the wire and a hundred times that
// in memory, so the bound of bytes alone bounds nothing.
const MaxParts = 200_000

// Frugal is gRPC's codec for a host that does not trust its plugins: it
// refuses a message of more than MaxParts parts before it is made.
func Frugal() encoding.CodecV2 { return frugal{encoding.GetCodecV2("proto")} }

type frugal struct{ encoding.CodecV2 }

// Unmarshal makes v of data.
func (f frugal) Unmarshal(data mem.BufferSlice, v any) error {
	m, ok := v.(proto.Message)
	if !ok {
		return f.CodecV2.Unmarshal(data, v)
	}
	buf := data.MaterializeToBuffer(mem.DefaultBufferPool())
	defer buf.Free()
	if partsLeft(buf.ReadOnlyData(), m.ProtoReflect().Descriptor(), MaxParts) < 0 {
		return fmt.Errorf("a message holds more than %d parts", MaxParts)
	}
	return proto.Unmarshal(buf.ReadOnlyData(), m)
}

// partsLeft gives how many of left remain after the messages within b, below 0
// for none. Bytes that are no message are left to Unmarshal to refuse. The
// depth is that of the protocol, whose messages do not nest in themselves.
func partsLeft(b []byte, of protoreflect.MessageDescriptor, left int) int {
	fields := of.Fields()
	for len(b) > 0 && left >= 0 {
		num, wire, n := protowire.ConsumeTag(b)
		if n < 0 {
			return left
		}
		b = b[n:]
		size := protowire.ConsumeFieldValue(num, wire, b)
		if size < 0 {
			return left
		}
		if wire == protowire.BytesType {
			if field := fields.ByNumber(num); field != nil && field.Message() != nil {
				inner, _ := protowire.ConsumeBytes(b)
				left = partsLeft(inner, field.Message(), left-1)
			}
		}
		b = b[size:]
	}
	return left
}
