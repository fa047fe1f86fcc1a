//go:build !linux && !darwin

package index

// fullPlace and fillDisk are for systems that can limit a process's files.
const fullPlace = "SINUSTA_TEST_INDEX_FULL"

func fillDisk(Place) {}
