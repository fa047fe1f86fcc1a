package document

import "io"

func (f *file) readPDF(src io.ReaderAt, size int64) error { return fault(ReasonUnsupported) }
