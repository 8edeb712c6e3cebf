using System.Text;
using StellarPipeline.Fuzz.Tests.Harness;

namespace StellarPipeline.Fuzz.Tests.Mutation;

/// <summary>
/// Damage that knows JSON: values of other types and sizes, members that are missing, doubled or nested, hashes that are paths.
/// </summary>
internal static class JsonMutator
{
    private static readonly byte[][] Fragments =
    [
        .. new[]
        {
            "null", "true", "false", "0", "-0", "1", "2", "3", "-1", "1.0", "1e0", "1E+9", "1e400", "-1e-400", "63", "4294967295",
            "4294967296", "9223372036854775808",
            "99999999999999999999999999999999999999999999", "01", "+1", ".5", "0x10", "NaN", "\"\"", "\"2\"", "[]", "{}", "[[]]", "[1,2]",
            "{\"curr\":1}", "\"\\u0000\"",
            "\"\\ud800\"", "\"\\udc00\\ud800\"", "\"\\uD83D\\uDE00\"", "\"\\x\"", "\"\\u001b[31mred\"", "\"unended",
            "\"../../../../etc/passwd\"", "\"/etc/passwd\"",
            "\"C:\\\\windows\"", "\"0000000000000000000000000000000000000000000000000000000000000000\"",
            "\"ABCDEF0000000000000000000000000000000000000000000000000000000000\"",
            "\"abcdef000000000000000000000000000000000000000000000000000000000\"",
            "\"abcdef00000000000000000000000000000000000000000000000000000000000\"",
            "\"../../../../../../../../../../../../../../../../../../etc/passwd\"",
            "\"a\u0660cdef0000000000000000000000000000000000000000000000000000000000\"",
            "\"abcdef00000000000000000000000000000000000000000000000000000000\\u0030\"",
            ",", ":", "{", "}", "[", "]", "\"", "/*c*/", "//c\n", "\ufeff", " ", "\n", "\"version\":1,", "\"currentLedger\":63,",
            "\"unknown\":{\"a\":[1,{\"b\":null}]},",
            "\"networkPassphrase\":\"x\",", "\"next\":{\"state\":0},", "\"next\":0,", "\"v\\u0065rsion\":2,",
        }.Select(Encoding.UTF8.GetBytes),
        [0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0], [0x1b, (byte)'['],
    ];

    private static readonly int[] NestingLevels = [8, 13, 14, 15, 16, 17, 64, 1_000, 60_000];

    /// <summary>Damages a text in one to four places; now and then leaves it whole.</summary>
    /// <param name="json">The text; not changed.</param>
    /// <param name="other">Another sample, to take pieces from.</param>
    /// <param name="random">Decides.</param>
    public static byte[] Mutate(byte[] json, byte[] other, FuzzRandom random)
    {
        int rounds = random.OneIn(20) ? 0 : 1 + random.Below(random.OneIn(3) ? 4 : 1);
        for (int round = 0; round < rounds; round++)
        {
            json = random.Below(16) switch
            {
                < 6 => WithToken(json, random.Pick(Fragments), random),
                < 8 => WithToken(json, TokenOf(other, random), random),
                < 9 => WithToken(json, [], random),
                < 10 => Inserted(json, random.Pick(Fragments), random),
                < 11 => Inserted(json, TokenOf(json, random), random),
                < 12 => Inserted(json, Nested(random), random),
                < 13 => WithToken(json, Large(random), random),
                < 14 => Inserted(json, LineOf(json, random), random),
                < 15 => WithVersion(json, random),
                _ => ByteMutator.Mutate(json, other, random),
            };
        }

        return json;
    }

    private static byte[] WithToken(byte[] json, ReadOnlySpan<byte> token, FuzzRandom random)
    {
        Range range = TokenRange(json, random);
        (int start, int length) = range.GetOffsetAndLength(json.Length);
        return ByteMutator.Replace(json, start, length, token);
    }

    private static byte[] Inserted(byte[] json, ReadOnlySpan<byte> piece, FuzzRandom random) =>
        ByteMutator.Replace(json, TokenRange(json, random).Start.Value, 0, piece);

    private static byte[] WithVersion(byte[] json, FuzzRandom random)
    {
        int member = json.AsSpan().IndexOf("\"version\""u8);
        int digit = member < 0 ? -1 : json.AsSpan(member).IndexOfAnyInRange((byte)'0', (byte)'9');
        return digit < 0 ? json : ByteMutator.Replace(json, member + digit, 1, random.Pick(Fragments));
    }

    private static byte[] TokenOf(byte[] json, FuzzRandom random) => json[TokenRange(json, random)];

    // A line of an indented text is a member or an end: doubling one doubles a member.
    private static byte[] LineOf(byte[] json, FuzzRandom random)
    {
        int place = random.Below(json.Length);
        int start = json.AsSpan(0, place).LastIndexOf((byte)'\n') + 1;
        int end = json.AsSpan(place).IndexOf((byte)'\n');
        return json[start..(end < 0 ? json.Length : place + end)];
    }

    private static byte[] Nested(FuzzRandom random)
    {
        int levels = random.Pick(NestingLevels);
        ReadOnlySpan<byte> open = random.OneIn(2) ? "["u8 : "{\"a\":"u8;
        byte[] nest = new byte[open.Length * levels];
        for (int level = 0; level < levels; level++)
            open.CopyTo(nest.AsSpan(level * open.Length));
        return nest;
    }

    private static byte[] Large(FuzzRandom random)
    {
        int length = random.Pick([100, 5_000, 70_000]);
        if (random.OneIn(3))
            return [.. Enumerable.Repeat((byte)'9', length)];
        byte letter = random.OneIn(2) ? (byte)'a' : (byte)'\\';
        return [(byte)'"', .. Enumerable.Repeat(letter, length), (byte)'"'];
    }

    // A token around a random place: a string with its quotes, a run of letters and digits, or one character.
    private static Range TokenRange(byte[] json, FuzzRandom random)
    {
        if (json.Length == 0)
            return ..0;
        // The members of the state itself are its first few lines; most of the rest are hashes.
        int end = random.OneIn(3) ? Math.Min(json.Length, 220) : json.Length;
        int place = random.Below(end);
        for (int attempt = 0; attempt < 3 && json[place] <= (byte)' '; attempt++)
            place = random.Below(end);
        if (!IsWord(json[place]) && json[place] != '"')
            return place..(place + 1);
        int start = place;
        while (start > 0 && IsWord(json[start - 1]))
            start--;
        end = place + 1;
        while (end < json.Length && IsWord(json[end]))
            end++;
        if (start > 0 && json[start - 1] == '"')
            start--;
        if (end < json.Length && json[end] == '"')
            end++;
        return start..end;
    }

    private static bool IsWord(byte value) =>
        value is >= (byte)'0' and <= (byte)'9' or >= (byte)'a' and <= (byte)'z' or >= (byte)'A' and <= (byte)'Z' or (byte)'-' or (byte)'.';
}
