using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace StellarPipeline.Archive.Transport.Mirrors;

/// <summary>How several archives of one network are used together.</summary>
public sealed record MirrorTransportOptions
{
    /// <summary>
    /// Maximum number of rounds over all mirrors at the same position of a file. A round that delivers a single byte restarts the count.
    /// </summary>
    /// <value>1 to 1,000. Default 10, which lasts about two minutes.</value>
    public int MaxRounds { get; init; } = 10;

    /// <summary>Maximum number of rounds before any mirror has ever responded.</summary>
    /// <value>1 to 1,000. Default 4. <see cref="MaxRounds"/> applies if it is smaller.</value>
    public int MaxFirstRounds { get; init; } = 4;

    /// <summary>
    /// Bytes of one file after which a mirror counts as working again, so that its next failure causes only a short pause.
    /// </summary>
    /// <value>Bytes, at least 1. Default 4 KiB.</value>
    public long ProgressBytes { get; init; } = 4 * 1024;

    /// <summary>Pause of a mirror after a failure. It doubles with every further one, with jitter.</summary>
    /// <value>0 to 1 day. Default 0.5 s.</value>
    public TimeSpan BackoffStart { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>Longest pause of a mirror, unless it asks for more.</summary>
    /// <value>0 to 1 day. Default 30 s.</value>
    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Longest pause that a mirror may request with <c>Retry-After</c>.</summary>
    /// <value>0 to 1 day. Default 2 minutes.</value>
    public TimeSpan MaxRetryAfter { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Bytes that are read twice when another mirror continues a file, to prove that both store the same bytes.</summary>
    /// <value>Bytes, 0 to 1 MiB; 0 trusts the size alone. Default 512.</value>
    /// <remarks>
    /// Archives store buckets compressed. Two archives may compress the same bucket differently; their parts do not fit together.
    /// </remarks>
    public int OverlapBytes { get; init; } = 512;

    /// <summary>
    /// Number of further attempts of a <see cref="PublicationTransport"/> to find a file that should exist but is missing.
    /// </summary>
    /// <value>0 to 100. Default 3.</value>
    /// <remarks>
    /// Publishers write the state of a checkpoint and the newest state at the same time (stellar-core
    /// src/historywork/PutHistoryArchiveStateWork.cpp), so one may be seen before the other.
    /// </remarks>
    public int PublicationRetries { get; init; } = 3;

    /// <summary>Receives log events 3000 to 3999.</summary>
    /// <value>Default: no logging.</value>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>Throws if any value is out of range; the error lists all of them.</summary>
    /// <exception cref="ArchiveException">At least one value is out of range (kind usage, code OPTIONS).</exception>
    public void Validate()
    {
        var check = new OptionsCheck();
        check.Require(nameof(MaxRounds), MaxRounds, 1, 1000);
        check.Require(nameof(MaxFirstRounds), MaxFirstRounds, 1, 1000);
        check.Require(nameof(ProgressBytes), ProgressBytes, 1, long.MaxValue);
        check.Require(nameof(BackoffStart), BackoffStart, TimeSpan.Zero);
        check.Require(nameof(MaxBackoff), MaxBackoff, TimeSpan.Zero);
        check.Require(nameof(MaxRetryAfter), MaxRetryAfter, TimeSpan.Zero);
        check.Require(nameof(OverlapBytes), OverlapBytes, 0, 1024 * 1024);
        check.Require(nameof(PublicationRetries), PublicationRetries, 0, 100);
        check.ThrowIfAny();
    }
}
