using System.CommandLine;
using System.Globalization;

namespace StellarPipeline.Cli;

/// <summary>Sizes: a number, with or without KiB, MiB, GiB or TiB (or K, M, G, T, which mean the same).</summary>
internal static class ByteSize
{
    private const string Units = "KMGT";

    /// <summary>Reads a size.</summary>
    /// <returns>Bytes; null if the text is not a size, is not positive, or is too large for 64 bits.</returns>
    public static long? Parse(string text)
    {
        int digits = text.AsSpan().IndexOfAnyExcept("0123456789".AsSpan());
        string unit = digits < 0 ? "" : text[digits..].Trim().ToUpperInvariant();
        if (unit.EndsWith("IB", StringComparison.Ordinal)) unit = unit[..^2];
        int power = unit.Length == 0 ? 0 : unit.Length == 1 ? Units.IndexOf(unit[0], StringComparison.Ordinal) + 1 : 0;
        if (unit.Length > 0 && power == 0) return null;
        if (!long.TryParse(digits < 0 ? text : text[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            || number == 0)
        {
            return null;
        }

        return number <= long.MaxValue >> (10 * power) ? number << (10 * power) : null;
    }

    /// <summary>Formats a size for <see cref="Parse"/>, in the largest unit that divides it.</summary>
    public static string Format(long bytes)
    {
        int power = 0;
        while (power < Units.Length && bytes % 1024 == 0 && bytes > 0)
        {
            bytes /= 1024;
            power++;
        }

        return bytes.ToString(CultureInfo.InvariantCulture) + (power == 0 ? "" : $"{Units[power - 1]}iB");
    }

    /// <summary>Makes an option whose value is a size.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="description">What it means.</param>
    /// <param name="value">Its default, in bytes.</param>
    public static Option<string> Option(string name, string description, long value)
    {
        var option = new Option<string>(name) { Description = description, HelpName = "size", DefaultValueFactory = _ => Format(value) };
        option.Validators.Add(result =>
        {
            string? text = result.GetValueOrDefault<string>();
            if (text is null || Parse(text) is null)
                result.AddError($"{name} {text}: give a number of bytes, or one with KiB, MiB, GiB or TiB.");
        });
        return option;
    }
}
