using System.Text.RegularExpressions;

namespace StellarPipeline.Xdr;

/// <summary>Recognizes texts that may contain a secret seed, so that no message repeats one.</summary>
/// <remarks>
/// People mistype, cut and paste: a seed comes in small letters, with spaces, with a character too few, or among other words.
/// </remarks>
internal static partial class SeedText
{
    // With this many characters known, the others of a seed can be tried.
    private const int MinSecretChars = 24;

    /// <summary>Whether a text that stands where an address, a hash or a cursor belongs may contain a seed.</summary>
    /// <param name="text">The text.</param>
    /// <returns>True if its first word begins with S, if another long word does, or if a seed is inside a word.</returns>
    public static bool MayBeIn(string text) =>
        Words().Match(text) is { Success: true } first && (BeginsLikeSeed(first.Value) || Words().Matches(text).Any(IsSecret));

    /// <summary>Masks each word of a message that may be a seed.</summary>
    /// <param name="message">The message, with texts of the user in it.</param>
    public static string Masked(string message) => Words().Replace(message, word => IsSecret(word) ? "S********" : word.Value);

    [GeneratedRegex("[A-Za-z0-9]+", RegexOptions.CultureInvariant)]
    private static partial Regex Words();

    private static bool IsSecret(Match word) =>
        word.Length >= MinSecretChars && (BeginsLikeSeed(word.ValueSpan) || HasSeed(word.ValueSpan));

    private static bool BeginsLikeSeed(ReadOnlySpan<char> word) => word[0] is 'S' or 's';

    // A complete seed behind other letters.
    private static bool HasSeed(ReadOnlySpan<char> word)
    {
        Span<char> capital = stackalloc char[StrKey.KeyChars];
        Span<byte> payload = stackalloc byte[StrKey.MaxPayloadBytes];
        for (int start = 0; start + StrKey.KeyChars <= word.Length; start++)
        {
            word.Slice(start, StrKey.KeyChars).ToUpperInvariant(capital);
            if (StrKey.TryDecode(capital, payload, out StrKeyKind kind, out _) && kind == StrKeyKind.Seed) return true;
        }

        return false;
    }
}
