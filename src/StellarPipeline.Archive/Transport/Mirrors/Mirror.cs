using System.Collections.Concurrent;
using StellarPipeline.Dataflow;

namespace StellarPipeline.Archive.Transport.Mirrors;

/// <summary>One mirror and its recent performance, which decides the order of mirrors.</summary>
internal sealed class Mirror(IArchiveTransport transport)
{
    // A stream of fewer bytes says nothing about speed: most of its time is the wait for its start.
    private const int MinSampleBytes = 256 * 1024;

    // Weight of a new sample against all earlier ones.
    private const double SampleWeight = 0.5;

    // A failure reduces the expectation to this share, and it recovers with this time constant.
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

    /// <summary>The transport that reads its files.</summary>
    public IArchiveTransport Transport => transport;

    /// <summary>Time until which it is not used.</summary>
    public DateTimeOffset RestsUntil
    {
        get
        {
            lock (sync)
                return restsUntil;
        }
    }

    /// <summary>Number of failed attempts.</summary>
    public int Failures
    {
        get
        {
            lock (sync)
                return failures;
        }
    }

    /// <summary>True if it has returned this file with wrong content.</summary>
    public bool IsWrongAt(string path) => wrongFiles.ContainsKey(path);

    /// <summary>True once it has returned any file with wrong content: it is then tried last.</summary>
    public bool IsSuspect => !wrongFiles.IsEmpty;

    /// <summary>Records that it returned a file with wrong content.</summary>
    public void MarkWrong(string path) => wrongFiles[path] = true;

    /// <summary>Records the start of a stream.</summary>
    public void Begin()
    {
        lock (sync)
            activeStreams++;
    }

    /// <summary>Records the end of a stream, with or without an error.</summary>
    /// <param name="bytes">Number of bytes read.</param>
    /// <param name="duration">Time spent waiting for them.</param>
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

    /// <summary>Records a success.</summary>
    /// <param name="failuresBefore"><see cref="Failures"/> when the response began. A response that began before the last failure says
    /// nothing about the time after it.</param>
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

    /// <summary>Records a failure: the mirror is not used for a while, longer with each further failure.</summary>
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
    /// Expected speed of one more stream: the mirror's speed divided among its streams, and reduced after failures. Higher is better.
    /// </summary>
    /// <param name="unknownSpeed">Speed to expect of a mirror that has not been used yet.</param>
    /// <param name="now">The current time.</param>
    public double Score(double unknownSpeed, DateTimeOffset now)
    {
        lock (sync)
            return (bytesPerSecond ?? unknownSpeed) / (activeStreams + 1) * Expectation(now);
    }

    /// <summary>Recent speed of one of its streams; null before the first.</summary>
    public double? BytesPerSecond
    {
        get
        {
            lock (sync)
                return bytesPerSecond;
        }
    }

    /// <summary>The status for reports.</summary>
    public MirrorStatus Status(DateTimeOffset now)
    {
        lock (sync)
            return new MirrorStatus(transport.Location, bytesRead, failures, wrongFiles.Count, bytesPerSecond, restsUntil > now);
    }

    private double Expectation(DateTimeOffset now) => 1 - (lostExpectation * Math.Exp(-Math.Max(0, (now - lastFailure) / RecoveryTime)));
}
