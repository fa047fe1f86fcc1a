package access

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/sinusta/sinusta/core"
)

// stored is one record in the store, with the system it came from.
type stored struct {
	System string
	Round  int
	Record core.Record
}

// origin is where a stored record came from, read without its content.
type origin struct {
	system string
	round  int
}

// AppendBinary appends the binary form of a stored record.
func (s stored) AppendBinary(b []byte) ([]byte, error) {
	b = binary.AppendUvarint(b, uint64(s.Round)) //nolint:gosec // counts from 0
	b = binary.AppendUvarint(b, uint64(len(s.System)))
	return s.Record.AppendBinary(append(b, s.System...))
}

// UnmarshalBinary reads what AppendBinary wrote.
func (s *stored) UnmarshalBinary(data []byte) error {
	var from origin
	rest, err := from.read(data)
	if err != nil {
		return err
	}
	s.Round, s.System = from.round, from.system
	return s.Record.UnmarshalBinary(rest)
}

// UnmarshalBinary reads the beginning of a stored record.
func (o *origin) UnmarshalBinary(data []byte) error {
	_, err := o.read(data)
	return err
}

func (o *origin) read(data []byte) (rest []byte, err error) {
	round, n := binary.Uvarint(data)
	size, m := binary.Uvarint(data[max(0, n):])
	if n <= 0 || m <= 0 || round > math.MaxInt32 || size > uint64(len(data)-n-m) {
		return nil, errors.New("the bytes are no stored record")
	}
	data = data[n+m:]
	o.round, o.system = int(round), string(data[:size])
	return data[size:], nil
}
