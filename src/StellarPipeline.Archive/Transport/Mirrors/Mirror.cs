using System.Collections.Concurrent;
using StellarPipeline.Dataflow;

namespace StellarPipeline.Archive.Transport.Mirrors;

/// <summary>One mirror and its health: what it did lately decides who is asked next.</summary>
internal sealed class Mirror(IArchiveTransport transport)
{
    // A stream of fewer bytes says nothing about speed: most of its time is waiting for its start.
    private const int MinSampleBytes = 256 * 1024;

    // A new sample weighs this much against all before it.
    private const double SampleWeight = 0.5;

    // After a failure the expectation falls to this part of what it was, and comes back with this time.
    private const double ExpectationAfterFailure = 0.25;
    private static readonly TimeSpan RecoveryTime = TimeSpan.FromMinutes(1);

    private readonly Lock sync = new();
    private readonly ConcurrentDictionary<string, bool> wrongFiles = new(StringComparer.Ordinal);
    private int activeStreams;
    private int failuresInARow;
    private int failures;
    private long bytesRead;
    private double? bytesPerSecond;
    private double lostExpectation;
    private DateTimeOffset lastFailure = DateTimeOffset.MinValue;
    private DateTimeOffset restsUntil = DateTimeOffset.MinValue;

    /// <summary>How its files are read.</summary>
    public IArchiveTransport Transport => transport;

    /// <summary>Until when it is left alone.</summary>
    public DateTimeOffset RestsUntil
    {
        get
        {
            lock (sync)
                return restsUntil;
        }
    }

    /// <summary>Attempts that failed.</summary>
    public int Failures
    {
        get
        {
            lock (sync)
                return failures;
        }
    }

    /// <summary>True when it gave this file with wrong content before.</summary>
    public bool IsWrongAt(string path) => wrongFiles.ContainsKey(path);

    /// <summary>True once it gave any file with wrong content: then it is the last to be asked.</summary>
    public bool IsSuspect => !wrongFiles.IsEmpty;

    /// <summary>Notes that it gave a file with wrong content.</summary>
    public void MarkWrong(string path) => wrongFiles[path] = true;

    /// <summary>Notes that a stream of it begins.</summary>
    public void Begin()
    {
        lock (sync)
            activeStreams++;
    }

    /// <summary>Notes that a stream of it has ended, whichever way.</summary>
    /// <param name="bytes">Bytes that it gave.</param>
    /// <param name="duration">Time that was spent waiting for them.</param>
    public void End(long bytes, TimeSpan duration)
    {
        lock (sync)
        {
            activeStreams--;
            bytesRead += bytes;
            if (bytes < MinSampleBytes || duration <= TimeSpan.Zero)
                return;
            double sample = bytes / duration.TotalSeconds;
            bytesPerSecond = bytesPerSecond is { } before ? before + (SampleWeight * (sample - before)) : sample;
        }
    }

    /// <summary>Notes that it answers.</summary>
    /// <param name="failuresBefore"><see cref="Failures"/> when the answer began. One that began before the last failure says nothing about
    /// the time after it.</param>
    public void Succeed(int failuresBefore)
    {
        lock (sync)
        {
            if (failuresBefore != failures)
                return;
            failuresInARow = 0;
            restsUntil = DateTimeOffset.MinValue;
        }
    }

    /// <summary>Notes a failure: it is left alone for a while, longer with each further one.</summary>
    public void Fail(Backoff backoff, TimeSpan? askedFor, DateTimeOffset now)
    {
        lock (sync)
        {
            failures++;
            failuresInARow++;
            restsUntil = now + backoff.After(failuresInARow, askedFor);
            lostExpectation = 1 - (ExpectationAfterFailure * Expectation(now));
            lastFailure = now;
        }
    }

    /// <summary>
    /// What one more stream may expect: its speed, shared with the streams that it has already, and less after failures. Higher is better.
    /// </summary>
    /// <param name="unknownSpeed">The speed to expect of a mirror that was not used yet.</param>
    /// <param name="now">The time.</param>
    public double Score(double unknownSpeed, DateTimeOffset now)
    {
        lock (sync)
            return (bytesPerSecond ?? unknownSpeed) / (activeStreams + 1) * Expectation(now);
    }

    /// <summary>Speed of one of its streams lately; null before the first.</summary>
    public double? BytesPerSecond
    {
        get
        {
            lock (sync)
                return bytesPerSecond;
        }
    }

    /// <summary>How it is doing.</summary>
    public MirrorStatus Status(DateTimeOffset now)
    {
        lock (sync)
            return new MirrorStatus(transport.Location, bytesRead, failures, wrongFiles.Count, bytesPerSecond, restsUntil > now);
    }

    private double Expectation(DateTimeOffset now) => 1 - (lostExpectation * Math.Exp(-Math.Max(0, (now - lastFailure) / RecoveryTime)));
}
