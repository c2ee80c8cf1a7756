//! Cuts a client that does not take its answer: whoever asks for a page and never reads it would keep a connection for
//! as long as it likes.

use hyper::rt::{Read, ReadBufCursor, Write};
use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::time::{Instant, Sleep, sleep};

/// How slowly an answer may be taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pace {
    /// For how long a client may take nothing. Time in which there is nothing to take does not count.
    pub pause: Duration,
    /// Bytes a second that make up for pauses. The slowest telephone takes more.
    pub rate: u32,
}

/// A stream whose other side has to read.
///
/// It has time for waiting; each wait takes of it, and every byte that is taken gives a little back, up to the whole. So
/// a stream of events may be silent for hours, and a client that reads one byte a second is cut all the same.
#[derive(Debug)]
pub struct Patient<S> {
    stream: S,
    pace: Pace,
    left: Duration,
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl<S> Patient<S> {
    /// With all its time.
    pub fn new(stream: S, pace: Pace) -> Self {
        Self { stream, pace, left: pace.pause, waiting: None }
    }

    /// Something was taken: `bytes` of it.
    fn moved(&mut self, bytes: usize) {
        if let Some((since, _)) = self.waiting.take() {
            self.left = self.left.saturating_sub(since.elapsed());
        }
        if self.left < self.pace.pause {
            let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
            let back = Duration::from_secs_f64(f64::from(bytes) / f64::from(self.pace.rate.max(1)));
            self.left = (self.left + back).min(self.pace.pause);
        }
    }

    /// Nothing can be taken now.
    fn wait<T>(&mut self, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        let left = self.left;
        let (_, end) = self.waiting.get_or_insert_with(|| (Instant::now(), Box::pin(sleep(left))));
        ready!(end.as_mut().poll(context));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client does not take its answer")))
    }
}

impl<S: Read + Unpin> Read for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: Write + Unpin> Write for Patient<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.stream).poll_write(context, bytes) {
            Poll::Ready(written) => {
                self.moved(*written.as_ref().unwrap_or(&0));
                Poll::Ready(written)
            }
            Poll::Pending => self.wait(context),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.stream).poll_write_vectored(context, bytes) {
            Poll::Ready(written) => {
                self.moved(*written.as_ref().unwrap_or(&0));
                Poll::Ready(written)
            }
            Poll::Pending => self.wait(context),
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper_util::rt::TokioIo;
    use std::future::poll_fn;
    use tokio::{
        io::{AsyncReadExt as _, duplex},
        time::sleep,
    };

    const PACE: Pace = Pace { pause: Duration::from_millis(300), rate: 20_000 };

    /// Writes so many bytes; gives the error if that fails.
    async fn write(stream: &mut Patient<TokioIo<tokio::io::DuplexStream>>, bytes: usize) -> io::Result<()> {
        let mut left = bytes;
        while left > 0 {
            let piece = vec![0; left.min(4096)];
            left -= poll_fn(|context| Pin::new(&mut *stream).poll_write(context, &piece)).await?;
        }
        Ok(())
    }

    #[tokio::test]
    async fn who_reads_nothing_is_cut() {
        let (here, _there) = duplex(1000);
        let mut stream = Patient::new(TokioIo::new(here), PACE);
        let began = Instant::now();
        let error = write(&mut stream, 5000).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(began.elapsed() >= PACE.pause, "{:?}", began.elapsed());
    }

    /// Somebody takes `bytes` every 20 milliseconds.
    async fn write_to_reader(bytes: usize, all: usize) -> io::Result<()> {
        let (here, mut there) = duplex(1000);
        tokio::spawn(async move {
            let mut taken = vec![0; bytes];
            while there.read_exact(&mut taken).await.is_ok() {
                sleep(Duration::from_millis(20)).await;
            }
        });
        write(&mut Patient::new(TokioIo::new(here), PACE), all).await
    }

    #[tokio::test]
    async fn who_reads_a_byte_now_and_then_is_cut_and_who_reads_slowly_is_not() {
        assert!(write_to_reader(10, 20_000).await.is_err(), "500 bytes a second");
        assert!(write_to_reader(1000, 40_000).await.is_ok(), "more than the rate, for longer than the pause");
    }

    #[tokio::test]
    async fn a_stream_may_be_silent_for_long() {
        let (here, mut there) = duplex(1000);
        let mut stream = Patient::new(TokioIo::new(here), PACE);
        for _ in 0..3 {
            write(&mut stream, 100).await.unwrap();
            there.read_exact(&mut [0; 100]).await.unwrap();
            sleep(PACE.pause * 2).await;
        }
    }
}
