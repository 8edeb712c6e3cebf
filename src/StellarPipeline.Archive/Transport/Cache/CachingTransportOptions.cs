using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace StellarPipeline.Archive.Transport.Cache;

/// <summary>How an archive is read through the bucket cache.</summary>
public sealed record CachingTransportOptions
{
    /// <summary>Buckets that arrive at the same time.</summary>
    /// <value>1 to 100. Default 6.</value>
    public int Downloads { get; init; } = 6;

    /// <summary>True when nothing but the cache may be used.</summary>
    /// <value>Default false.</value>
    public bool IsOffline { get; init; }

    /// <summary>True when a bucket may be read while it is still arriving; false when a reader waits until it is verified.</summary>
    /// <value>Default true.</value>
    public bool FollowsArrivals { get; init; } = true;

    /// <summary>
    /// Under which name the copies of checkpoint files are kept for offline use: letters, digits, dots and hyphens. All archives of one
    /// network may share one.
    /// </summary>
    /// <value>Default null: a name made from the archive's location.</value>
    /// <remarks>
    /// Buckets need none, because their hashes tell them apart. Files of checkpoints have the same names on every network.
    /// </remarks>
    public string? Scope { get; init; }

    /// <summary>Where retries and the like are told, as events 3000 to 3999.</summary>
    /// <value>Default: nowhere.</value>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>Throws if any value is out of range; the error lists all of them.</summary>
    /// <exception cref="ArchiveException">At least one value is out of range (kind usage, code OPTIONS).</exception>
    public void Validate()
    {
        var check = new OptionsCheck();
        check.Require(nameof(Downloads), Downloads, 1, 100);
        check.Require(
            Scope is null || IsScope(Scope),
            $"{nameof(Scope)} is \"{Scope}\"; it must be 1 to 64 letters, digits, dots or hyphens, and not begin with a dot");
        check.ThrowIfAny();
    }

    private static bool IsScope(string name) =>
        name.Length is > 0 and <= 64 && name[0] != '.' && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-');
}
