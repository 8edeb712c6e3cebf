using System.Globalization;

namespace StellarPipeline.Archive.Checkpoints;

/// <summary>How old a checkpoint is, in words, and when that is worth a remark.</summary>
internal static class CheckpointAge
{
    // Public archives publish a checkpoint about every five minutes.
    private static readonly TimeSpan Remarkable = TimeSpan.FromHours(1);

    // Validators refuse values from further in the future than a minute (stellar-core, MAXIMUM_LEDGER_CLOSETIME_DRIFT); clocks differ by a
    // little more.
    private static readonly TimeSpan Drift = TimeSpan.FromMinutes(2);

    /// <summary>A remark about the newest checkpoint of an archive; null where it is young, but not of the future.</summary>
    /// <param name="proof">The checkpoint.</param>
    /// <param name="now">The time.</param>
    public static string? Remark(CheckpointProof proof, DateTimeOffset now)
    {
        TimeSpan age = now - proof.CloseTime;
        if (age < -Drift)
        {
            return string.Create(CultureInfo.InvariantCulture,
                $"Checkpoint {proof.Checkpoint:N0} closes {Describe(-age)} from now, at {proof.CloseTime:yyyy-MM-dd HH:mm:ss} UTC. Either "
                        + $"this machine's clock is wrong, or the archive is not honest: compare with another (--confirm-with).");
        }

        return age <= Remarkable
            ? null
            : string.Create(CultureInfo.InvariantCulture,
                $"Checkpoint {proof.Checkpoint:N0} is the newest that can be used, and closed {Describe(age)} ago, at "
                        + $"{proof.CloseTime:yyyy-MM-dd HH:mm:ss} UTC. Archives publish a checkpoint every few minutes: this one may have "
                        + $"stopped. Name another archive; --max-age refuses what is too old.");
    }

    /// <summary>Writes a length of time with one unit.</summary>
    public static string Describe(TimeSpan time) =>
        time.TotalDays >= 2 ? FormattableString.Invariant($"{Math.Floor(time.TotalDays):N0} days")
            : time.TotalHours >= 2 ? FormattableString.Invariant($"{Math.Floor(time.TotalHours):N0} hours")
            : time.TotalMinutes >= 2 ? FormattableString.Invariant($"{Math.Floor(time.TotalMinutes):N0} minutes")
            : FormattableString.Invariant($"{Math.Floor(time.TotalSeconds):N0} s");
}
