package access

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/store"
)

// stored is one record in the store, with the system it came from.
type stored struct {
	System string
	Round  int
	Record core.Record
}

// originOf gives the system and the round that a row of the table came from.
func originOf(table store.Table, row store.Row) (system string, round int, err error) {
	if table == tableRecord {
		var s stored
		err = row.Decode(&s)
		return s.System, s.Round, err
	}
	var of struct {
		System string `json:"system"`
		Round  int    `json:"round"`
	}
	err = row.Decode(&of)
	return of.System, of.Round, err
}

// AppendBinary appends the binary form of a stored record.
func (s stored) AppendBinary(b []byte) ([]byte, error) {
	b = binary.AppendUvarint(b, uint64(s.Round)) //nolint:gosec // counts from 0
	b = binary.AppendUvarint(b, uint64(len(s.System)))
	return s.Record.AppendBinary(append(b, s.System...))
}

// UnmarshalBinary reads what AppendBinary wrote.
func (s *stored) UnmarshalBinary(data []byte) error {
	round, n := binary.Uvarint(data)
	size, m := binary.Uvarint(data[max(0, n):])
	if n <= 0 || m <= 0 || round > math.MaxInt32 || size > uint64(len(data)-n-m) {
		return errors.New("the bytes are no stored record")
	}
	data = data[n+m:]
	s.Round, s.System = int(round), string(data[:size])
	return s.Record.UnmarshalBinary(data[size:])
}
