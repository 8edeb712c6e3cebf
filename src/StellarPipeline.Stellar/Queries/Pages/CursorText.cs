using System.Buffers.Binary;
using System.Buffers.Text;

namespace StellarPipeline.Stellar.Queries.Pages;

/// <summary>The opaque text of cursors, for URLs and answers of an API: Base64url of a mark and the numbers of the key.</summary>
internal static class CursorText
{
    /// <summary>The text of a place.</summary>
    /// <typeparam name="TCursor">Kind of cursor.</typeparam>
    /// <param name="cursor">The place.</param>
    /// <returns>Letters, digits, hyphens and underscores; at most 44 characters.</returns>
    public static string Write<TCursor>(TCursor cursor)
        where TCursor : struct, IPageCursor<TCursor>
    {
        Span<byte> bytes = stackalloc byte[Bytes<TCursor>()];
        bytes[0] = TCursor.Mark;
        for (int index = 0; index < TCursor.Width; index++) BinaryPrimitives.WriteInt64BigEndian(bytes[Offset(index)..], cursor.Key[index]);
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>Parses the text of a place.</summary>
    /// <typeparam name="TCursor">Kind of cursor.</typeparam>
    /// <param name="text">The text.</param>
    /// <returns>The place.</returns>
    /// <exception cref="QueryInputException">The text is not a cursor of this kind.</exception>
    public static TCursor Read<TCursor>(string text)
        where TCursor : struct, IPageCursor<TCursor>
    {
        ArgumentNullException.ThrowIfNull(text);
        Span<byte> bytes = stackalloc byte[Bytes<TCursor>()];
        if (Base64Url.IsValid(text, out int length) && length == bytes.Length && Base64Url.DecodeFromChars(text, bytes) == length
            && bytes[0] == TCursor.Mark)
        {
            long[] key = new long[TCursor.Width];
            for (int index = 0; index < key.Length; index++) key[index] = BinaryPrimitives.ReadInt64BigEndian(bytes[Offset(index)..]);
            if (TryMake(key, out TCursor cursor) && Write(cursor) == text) return cursor;
        }

        throw QueryThrow.NoCursor(text);
    }

    /// <summary>Microseconds since 1970, the precision of PostgreSQL's times.</summary>
    internal static long Microseconds(DateTime time) => (time.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    /// <summary>The time at a number of microseconds since 1970.</summary>
    internal static DateTime Time(long microseconds) => DateTime.UnixEpoch.AddTicks(checked(microseconds * TimeSpan.TicksPerMicrosecond));

    private static int Bytes<TCursor>()
        where TCursor : struct, IPageCursor<TCursor> => Offset(TCursor.Width);

    private static int Offset(int index) => 1 + (index * sizeof(long));

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
