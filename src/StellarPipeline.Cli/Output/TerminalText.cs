using System.Globalization;
using System.Text;

namespace StellarPipeline.Cli.Output;

/// <summary>Texts that others chose, such as names of tokens and data entries, for a terminal.</summary>
internal static class TerminalText
{
    /// <summary>
    /// The text with a question mark for each character that moves the cursor, changes the direction of writing, or is invisible: what is
    /// read must be what is there.
    /// </summary>
    public static string Plain(string text)
    {
        if (!text.EnumerateRunes().Any(IsHidden)) return text;
        var plain = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes()) plain.Append(IsHidden(rune) ? "?" : rune.ToString());
        return plain.ToString();
    }

    /// <summary>JSON with an escape for each such character. The values are the same.</summary>
    /// <param name="json">JSON in which control characters are escaped already.</param>
    public static string PlainJson(string json)
    {
        if (!json.EnumerateRunes().Any(IsHidden)) return json;
        var plain = new StringBuilder(json.Length);
        foreach (Rune rune in json.EnumerateRunes())
        {
            if (IsHidden(rune)) plain.AppendJoin("", rune.ToString().Select(unit => FormattableString.Invariant($"\\u{(int)unit:x4}")));
            else plain.Append(rune.ToString());
        }

        return plain.ToString();
    }

    private static bool IsHidden(Rune rune) => Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
