using System.Globalization;

namespace StellarPipeline.Cli;

/// <summary>Lengths of time: a number of seconds, or a number with s, m, h or d.</summary>
internal static class Duration
{
    // A thousand years: longer than the age of any ledger, and far below the maximum of a time span.
    private const double MaxSeconds = 1000 * 365.25 * 86_400;

    /// <summary>Reads a length of time.</summary>
    /// <returns>The time, more than zero; null if the text is not a length of time.</returns>
    public static TimeSpan? Parse(string text)
    {
        text = text.Trim();
        int unit = text.Length == 0 ? 0 : text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3_600, 'd' => 86_400, _ => 0 };
        string number = unit == 0 ? text : text[..^1];
        bool isNumber = double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value);
        double seconds = value * Math.Max(unit, 1);
        return isNumber && seconds is > 0 and <= MaxSeconds ? TimeSpan.FromSeconds(seconds) : null;
    }
}
