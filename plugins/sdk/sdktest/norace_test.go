//go:build !race

package sdktest

// underRace tells that the race detector is built in.
const underRace = false
