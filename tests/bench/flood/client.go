package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"
)

// maxAttempts is client-go's: the first one and ten repetitions.
const maxAttempts = 11

// A client behaves as client-go does with its limiter switched off: one
// http.Transport, hence one HTTP/2 connection until the peer's limit of
// streams is reached, for everything that one identity sends; an answer with
// an integer Retry-After is slept out and the request repeated, whatever its
// verb.
type client struct {
	to     *target
	http   *http.Client
	ledger *ledger // nil: none is kept

	attempts  atomic.Int64 // requests sent, repetitions included
	throttled atomic.Int64 // answers 429 seen
}

// A request is one call of the API. Its answer's body is kept unless discard
// is set, which the wide LISTs do.
type request struct {
	verb, path string
	effect     string // for the ledger: audit verb and object
	mediaType  string
	body       []byte
	discard    bool
}

// A reply is the last answer that a request got.
type reply struct {
	code      int
	body      []byte
	size      int64
	throttled int // answers 429 on the way to this one
}

// A statusError is an answer of 400 or above.
type statusError struct {
	code int
	text string
}

func (e *statusError) Error() string {
	return fmt.Sprintf("%d: %s", e.code, e.text)
}

// isStatus says whether err is an answer with that code.
func isStatus(err error, code int) bool {
	var status *statusError
	return errors.As(err, &status) && status.code == code
}

func newClient(to *target) *client {
	dialer := &net.Dialer{Timeout: 30 * time.Second,
		KeepAlive: 30 * time.Second}
	return &client{to: to, http: &http.Client{Transport: &http.Transport{
		TLSClientConfig:     to.tls.Clone(),
		TLSHandshakeTimeout: 10 * time.Second,
		ForceAttemptHTTP2:   true,
		DisableCompression:  true,
		MaxIdleConnsPerHost: 25,
		IdleConnTimeout:     90 * time.Second,
		DialContext:         dialer.DialContext,
	}}}
}

// close drops the client's connections.
func (c *client) close() {
	c.http.CloseIdleConnections()
}

// do sends the request until client-go would give up.
func (c *client) do(ctx context.Context, q request) (reply, error) {
	c.ledger.ask(q)
	r, err := c.patiently(ctx, q)
	c.ledger.answer(q, err)
	return r, err
}

// patiently repeats the request by client-go's rules.
func (c *client) patiently(ctx context.Context, q request) (reply, error) {
	throttled := 0
	for attempt := 1; ; attempt++ {
		r, wait, err := c.once(ctx, q)
		if r.code == http.StatusTooManyRequests {
			throttled++
		}
		r.throttled = throttled
		if err == nil || wait < 0 || attempt == maxAttempts {
			return r, err
		}
		if !pause(ctx, wait) {
			return r, ctx.Err()
		}
	}
}

// once sends the request one time. A wait of zero or more means that
// client-go would repeat it after that time.
func (c *client) once(ctx context.Context, q request) (reply, time.Duration,
	error) {
	const never = time.Duration(-1)

	req, err := http.NewRequestWithContext(ctx, q.verb,
		c.to.server+q.path, bytes.NewReader(q.body))
	if err != nil {
		return reply{}, never, err
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "flood (fairway bench)")
	if q.mediaType != "" {
		req.Header.Set("Content-Type", q.mediaType)
	}
	if c.to.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.to.token)
	}
	c.attempts.Add(1)
	res, err := c.http.Do(req)
	if err != nil {
		if q.verb == http.MethodGet && isConnectionLoss(err) {
			return reply{}, time.Second, err
		}
		return reply{}, never, err
	}
	defer res.Body.Close()

	r := reply{code: res.StatusCode}
	if r.code == http.StatusTooManyRequests {
		c.throttled.Add(1)
	}
	if q.discard && r.code < 400 {
		r.size, err = io.Copy(io.Discard, res.Body)
	} else {
		r.body, err = io.ReadAll(res.Body)
		r.size = int64(len(r.body))
	}
	if err != nil {
		return r, never, err
	}
	if r.code < 400 {
		return r, never, nil
	}
	err = &statusError{r.code, firstLine(r.body)}
	if r.code == http.StatusTooManyRequests || r.code >= 500 {
		seconds, bad := strconv.Atoi(res.Header.Get("Retry-After"))
		if bad == nil {
			return r, time.Duration(seconds) * time.Second, err
		}
	}
	return r, never, err
}

// isConnectionLoss is client-go's rule for repeating a GET.
func isConnectionLoss(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, io.EOF) ||
		errors.Is(err, io.ErrUnexpectedEOF)
}

// pause sleeps; it returns false if the context ended first.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func firstLine(b []byte) string {
	const most = 200
	if i := bytes.IndexByte(b, '\n'); i >= 0 {
		b = b[:i]
	}
	if len(b) > most {
		b = b[:most]
	}
	return string(b)
}
