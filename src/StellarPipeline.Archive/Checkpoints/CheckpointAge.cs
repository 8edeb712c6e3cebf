using System.Globalization;

namespace StellarPipeline.Archive.Checkpoints;

/// <summary>Describes the age of a checkpoint, and decides when to report it.</summary>
internal static class CheckpointAge
{
    // Public archives publish a checkpoint about every five minutes.
    private static readonly TimeSpan Remarkable = TimeSpan.FromHours(1);

    // Validators reject values more than a minute in the future (stellar-core, MAXIMUM_LEDGER_CLOSETIME_DRIFT); clocks may differ by a
    // little more.
    private static readonly TimeSpan Drift = TimeSpan.FromMinutes(2);

    /// <summary>A remark if the newest checkpoint of an archive is older than an hour or lies in the future; otherwise null.</summary>
    /// <param name="proof">The checkpoint.</param>
    /// <param name="now">The current time.</param>
    public static string? Remark(CheckpointProof proof, DateTimeOffset now)
    {
        TimeSpan age = now - proof.CloseTime;
        if (age < -Drift)
        {
            return string.Create(CultureInfo.InvariantCulture,
                $"Checkpoint {proof.Checkpoint:N0} closes {Describe(-age)} from now, at {proof.CloseTime:yyyy-MM-dd HH:mm:ss} UTC. Either "
                        + $"this machine's clock is wrong, or the archive is not honest: compare it with another one (ConfirmWith).");
        }

        return age <= Remarkable
            ? null
            : string.Create(CultureInfo.InvariantCulture,
                $"The newest usable checkpoint, {proof.Checkpoint:N0}, closed {Describe(age)} ago, at "
                        + $"{proof.CloseTime:yyyy-MM-dd HH:mm:ss} UTC. Archives publish a checkpoint every few minutes: this one may have "
                        + $"stopped. Name another archive, or set MaxAge to refuse old checkpoints.");
    }

    /// <summary>Formats a length of time with one unit.</summary>
    public static string Describe(TimeSpan time) =>
        time.TotalDays >= 2 ? FormattableString.Invariant($"{Math.Floor(time.TotalDays):N0} days")
            : time.TotalHours >= 2 ? FormattableString.Invariant($"{Math.Floor(time.TotalHours):N0} hours")
            : time.TotalMinutes >= 2 ? FormattableString.Invariant($"{Math.Floor(time.TotalMinutes):N0} minutes")
            : FormattableString.Invariant($"{Math.Floor(time.TotalSeconds):N0} s");
}
