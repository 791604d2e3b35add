// Hands our signed webhooks to the Go verifier: `go run . VECTORS.json`. Exits 1 when it judges otherwise.
package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

type vector struct {
	Name    string            `json:"name"`
	Secret  string            `json:"secret"`
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
	Accept  bool              `json:"accept"`
}

func accepts(v vector) bool {
	webhook, err := standardwebhooks.NewWebhook(v.Secret)
	if err != nil {
		panic(err)
	}
	headers := http.Header{}
	for name, value := range v.Headers {
		headers.Set(name, value)
	}
	return webhook.Verify([]byte(v.Body), headers) == nil
}

func read(path string) []vector {
	bytes, err := os.ReadFile(path)
	if err != nil {
		panic(err)
	}
	var vectors []vector
	if err := json.Unmarshal(bytes, &vectors); err != nil {
		panic(err)
	}
	return vectors
}

func main() {
	vectors := read(os.Args[1])
	right := 0
	for _, v := range vectors {
		if accepts(v) == v.Accept {
			right++
		} else {
			fmt.Printf("  judged otherwise: %s\n", v.Name)
		}
	}
	fmt.Printf("go, standard-webhooks: %d of %d as expected\n", right, len(vectors))
	if right != len(vectors) || right == 0 {
		os.Exit(1)
	}
}
