package main

import (
	"context"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
)

// answering starts an API server over HTTP/2 that gives those answers, one
// after the other, and a client of it.
func answering(t *testing.T, retryAfter string, codes ...int) *client {
	t.Helper()
	n := 0
	s := httptest.NewUnstartedServer(http.HandlerFunc(
		func(w http.ResponseWriter, r *http.Request) {
			if r.ProtoMajor != 2 {
				t.Errorf("came by %s", r.Proto)
			}
			w.Header().Set("Retry-After", retryAfter)
			w.WriteHeader(codes[n%len(codes)])
			n++
		}))
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	to := &target{server: s.URL,
		tls: s.Client().Transport.(*http.Transport).TLSClientConfig}
	to.tls.RootCAs = x509.NewCertPool()
	to.tls.RootCAs.AddCert(s.Certificate())
	return newClient(to)
}

func TestAnIntegerRetryAfterIsObeyedTenTimes(t *testing.T) {
	for _, c := range []struct {
		retryAfter string
		codes      []int
		attempts   int
		code       int
	}{
		{"0", []int{429}, 11, 429},
		{"0", []int{503, 429, 201}, 3, 201},
		{"", []int{429, 201}, 1, 429},
		{"Fri, 01 Jan 2100 00:00:00 GMT", []int{503, 201}, 1, 503},
		{"0", []int{409, 201}, 1, 409},
	} {
		client := answering(t, c.retryAfter, c.codes...)
		r, err := client.do(context.Background(),
			request{verb: http.MethodPost, path: "/x"})
		if r.code != c.code || int(client.attempts.Load()) != c.attempts {
			t.Errorf("%q %v: %d after %d attempts", c.retryAfter,
				c.codes, r.code, client.attempts.Load())
		}
		if (err != nil) != (c.code >= 400) ||
			(err != nil && !isStatus(err, c.code)) {
			t.Errorf("%s: %v", strconv.Itoa(c.code), err)
		}
	}
}
