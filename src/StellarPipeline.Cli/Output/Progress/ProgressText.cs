using StellarPipeline.Stellar.Progress;

namespace StellarPipeline.Cli.Output.Progress;

/// <summary>Writes figures for people.</summary>
internal static class ProgressText
{
    /// <summary>One complete line, for logs and screen readers.</summary>
    public static string Line(ProgressRates rates, string sentence)
    {
        JobProgress now = rates.Now;
        var parts = new List<string> { $"{now.Job} {now.Phase}", $"{Time(now.Elapsed)} elapsed" };
        if (now.Total > 0)
        {
            parts.Add(FormattableString.Invariant(
                $"{100.0 * now.Done / now.Total:F1} % ({Amount(now.Done, now.Unit)} of {Amount(now.Total, now.Unit)})"));
        }

        if (rates.Left is { } left) parts.Add($"{Time(left)} left of this phase");
        if (now.Rows > 0)
        {
            parts.Add(FormattableString.Invariant(
                $"{now.Rows:N0} rows ({rates.RowsPerSecond:N0}/s now, {rates.RowsPerSecondOverall:N0}/s overall)"));
        }

        if (now.Download is { } download && now.Phase == "fetch")
        {
            parts.Add(
                FormattableString.Invariant($"{download.Done} of {download.Files} buckets at {rates.FetchedPerSecond / 1048576:F1} MiB/s"));
        }

        return $"{string.Join(", ", parts)}.{(sentence.Length == 0 ? "" : $" {sentence}")}";
    }

    /// <summary>Hours, minutes and seconds.</summary>
    public static string Time(TimeSpan time) =>
        time.TotalHours >= 100
            ? FormattableString.Invariant($"{time.TotalDays:F1} days")
            : FormattableString.Invariant($"{(int)time.TotalHours:00}:{time.Minutes:00}:{time.Seconds:00}");

    /// <summary>An amount with its unit.</summary>
    public static string Amount(long amount, string unit) =>
        unit == "bytes" ? Bytes(amount) : FormattableString.Invariant($"{amount:N0} {unit}");

    /// <summary>Bytes in the largest suitable unit, up to TiB.</summary>
    public static string Bytes(double bytes)
    {
        string[] units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
        int unit = 0;
        while (bytes >= 1024 && unit < units.Length - 1)
        {
            bytes /= 1024;
            unit++;
        }

        return unit == 0 ? FormattableString.Invariant($"{bytes:N0} bytes") : FormattableString.Invariant($"{bytes:F2} {units[unit]}");
    }
}
