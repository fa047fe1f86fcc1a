package sourcepb

// buf brings google/protobuf/*.proto along, which protoc does not everywhere;
// protoc-gen-go and protoc-gen-go-grpc must be on the path.
//go:generate buf generate . --template {"version":"v2","plugins":[{"local":"protoc-gen-go","out":".","opt":"module=github.com/sinusta/sinusta/plugins/internal/sourcepb"},{"local":"protoc-gen-go-grpc","out":".","opt":"module=github.com/sinusta/sinusta/plugins/internal/sourcepb"}]}
