using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace StellarPipeline.Archive.Transport.Cache;

/// <summary>How an archive is read through the bucket cache.</summary>
public sealed record CachingTransportOptions
{
    /// <summary>Number of buckets that are downloaded at the same time.</summary>
    /// <value>1 to 100. Default 6.</value>
    public int Downloads { get; init; } = 6;

    /// <summary>True to use only the cache.</summary>
    /// <value>Default false.</value>
    public bool IsOffline { get; init; }

    /// <summary>True to let readers follow a bucket while it arrives; false to make them wait until it is verified.</summary>
    /// <value>Default true.</value>
    public bool FollowsArrivals { get; init; } = true;

    /// <summary>
    /// Name under which the copies of checkpoint files are kept for offline use: letters, digits, dots and hyphens. All archives of one
    /// network may share a name.
    /// </summary>
    /// <value>Default null: a name derived from the archive's location.</value>
    /// <remarks>
    /// Buckets need no scope, because their hashes distinguish them. Files of checkpoints have the same names on every network.
    /// </remarks>
    public string? Scope { get; init; }

    /// <summary>Receives log events 3000 to 3999.</summary>
    /// <value>Default: no logging.</value>
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
