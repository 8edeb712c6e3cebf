using System.Text.Unicode;

namespace StellarPipeline.Stellar.Projections;

/// <summary>
/// An entry is valid XDR but has a value that the ledger does not allow and the database cannot store. The decoder adds its location.
/// </summary>
internal sealed class EntryRejectedException(string field, string problem) : Exception($"{field} {problem}")
{
    /// <summary>Converts an unsigned number for a column of type integer.</summary>
    /// <exception cref="EntryRejectedException">The number is above 2^31−1.</exception>
    public static int ToInt32(uint value, string field) => value <= int.MaxValue ? (int)value : throw TooLarge(value, field);

    /// <summary>Checks that bytes can be stored as text.</summary>
    /// <exception cref="EntryRejectedException">They are empty, contain NUL, or are not UTF-8.</exception>
    public static void ThrowIfNotText(ReadOnlySpan<byte> bytes, string field)
    {
        if (bytes.IsEmpty || bytes.Contains((byte)0) || !Utf8.IsValid(bytes))
            throw new EntryRejectedException(field, $"is 0x{Convert.ToHexStringLower(bytes)}, which is empty or no text.");
    }

    private static EntryRejectedException TooLarge(uint value, string field) =>
        new(field, $"is {value:N0}, but the ledger allows at most {int.MaxValue:N0}.");
}
