using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace StellarPipeline.Stellar.Queries.Pages;

/// <summary>The opaque text of cursors, for addresses and answers of an API: base 64 of a mark and the key's numbers.</summary>
public static class CursorText
{
    private const char Separator = ':';

    // Longer than any cursor of ours: nothing is decoded for a text that is none.
    private const int MaxChars = 200;

    /// <summary>The text of a place.</summary>
    /// <typeparam name="TCursor">Kind of cursor.</typeparam>
    /// <param name="cursor">The place.</param>
    /// <returns>Letters, digits, hyphens and underscores.</returns>
    public static string Write<TCursor>(TCursor cursor)
        where TCursor : struct, IPageCursor<TCursor>
    {
        string numbers = string.Join(Separator, cursor.Key.Select(number => number.ToString(CultureInfo.InvariantCulture)));
        return Base64Url.EncodeToString(Encoding.ASCII.GetBytes($"{TCursor.Mark}{Separator}{numbers}"));
    }

    /// <summary>Reads the text of a place.</summary>
    /// <typeparam name="TCursor">Kind of cursor.</typeparam>
    /// <param name="text">The text.</param>
    /// <returns>The place.</returns>
    /// <exception cref="QueryInputException">The text is no cursor of this kind.</exception>
    public static TCursor Read<TCursor>(string text)
        where TCursor : struct, IPageCursor<TCursor>
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length <= MaxChars && Base64Url.IsValid(text))
        {
            string[] parts = Encoding.ASCII.GetString(Base64Url.DecodeFromChars(text)).Split(Separator);
            var key = new long[TCursor.Width];
            bool isKey = parts.Length == TCursor.Width + 1 && parts[0] == TCursor.Mark;
            for (int index = 0; isKey && index < key.Length; index++)
                isKey = long.TryParse(parts[index + 1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out key[index]);
            if (isKey && TryMake(key, out TCursor cursor) && Write(cursor) == text) return cursor;
        }

        throw QueryThrow.NoCursor(text);
    }

    /// <summary>Microseconds since 1970, which is as exactly as PostgreSQL keeps times.</summary>
    internal static long Microseconds(DateTime time) => (time.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    /// <summary>The time of so many microseconds since 1970.</summary>
    internal static DateTime Time(long microseconds) => DateTime.UnixEpoch.AddTicks(checked(microseconds * TimeSpan.TicksPerMicrosecond));

    private static bool TryMake<TCursor>(long[] key, out TCursor cursor)
        where TCursor : struct, IPageCursor<TCursor>
    {
        try
        {
            cursor = TCursor.FromKey(key);
            return true;
        }
        catch (Exception error) when (error is ArgumentOutOfRangeException or OverflowException)
        {
            cursor = default;
            return false;
        }
    }
}
