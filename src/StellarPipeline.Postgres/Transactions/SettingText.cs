using System.Globalization;

namespace StellarPipeline.Postgres.Transactions;

/// <summary>Compares the text that a setting was set to with the text that the server shows.</summary>
/// <remarks>
/// The server shows values in its own form: <c>off</c> for <c>false</c>, <c>5s</c> for <c>5000ms</c>. Units: PostgreSQL manual, "Parameter
/// Names and Values".
/// </remarks>
internal static class SettingText
{
    /// <summary>True when both texts mean the same value.</summary>
    /// <param name="asked">The requested value.</param>
    /// <param name="shown">The value that the server shows, with units.</param>
    /// <param name="raw">The value in the setting's base unit; null if unknown.</param>
    public static bool Same(string asked, string shown, string? raw)
    {
        string wanted = asked.Trim();
        return string.Equals(wanted, shown, StringComparison.OrdinalIgnoreCase)
            || string.Equals(wanted, raw, StringComparison.OrdinalIgnoreCase)
            || (Switch(wanted) is { } on && on == Switch(shown))
            || (Quantity(wanted) is { } quantity && quantity == Quantity(shown))
            || (IsZero(wanted) && IsZero(shown));
    }

    // The server shows zero without a unit.
    private static bool IsZero(string text) => text == "0" || Quantity(text) is { Amount: 0 };

    private static bool? Switch(string text) => text.ToUpperInvariant() switch
    {
        "ON" or "TRUE" or "YES" or "1" => true,
        "OFF" or "FALSE" or "NO" or "0" => false,
        _ => null,
    };

    private static (decimal Amount, char Kind)? Quantity(string text)
    {
        int unitStart = text.Length;
        while (unitStart > 0 && char.IsAsciiLetter(text[unitStart - 1]))
            unitStart--;
        (decimal Factor, char Kind)? unit = text[unitStart..] switch
        {
            "us" => (1m, 't'),
            "ms" => (1_000m, 't'),
            "s" => (1_000_000m, 't'),
            "min" => (60_000_000m, 't'),
            "h" => (3_600_000_000m, 't'),
            "d" => (86_400_000_000m, 't'),
            "B" => (1m, 'b'),
            "kB" => (1_024m, 'b'),
            "MB" => (1_048_576m, 'b'),
            "GB" => (1_073_741_824m, 'b'),
            "TB" => (1_099_511_627_776m, 'b'),
            _ => null,
        };
        if (unit is null
            || !decimal.TryParse(text.AsSpan(0, unitStart).Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out decimal amount))
        {
            return null;
        }

        return (amount * unit.Value.Factor, unit.Value.Kind);
    }
}
