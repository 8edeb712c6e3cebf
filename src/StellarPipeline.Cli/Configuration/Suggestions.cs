namespace StellarPipeline.Cli.Configuration;

/// <summary>Finds known names that resemble a mistyped one.</summary>
internal static class Suggestions
{
    private const int MostLetters = 64;

    /// <summary>A sentence with a space before it: <c> Did you mean lock-timeout?</c>; empty if no name is similar.</summary>
    /// <param name="typed">The mistyped name.</param>
    /// <param name="known">The known names.</param>
    public static string Text(string typed, IReadOnlyCollection<string> known)
    {
        if (typed.Length > 2
            && known.Distinct(StringComparer.Ordinal).Where(name => name.StartsWith(typed, StringComparison.OrdinalIgnoreCase))
                .ToArray() is { Length: > 0 and < 4 } longer)
        {
            return $" Did you mean {string.Join(" or ", longer)}?";
        }

        int allowed = typed.TrimStart('-').Length switch { < 3 => 0, < 5 => 1, < 9 => 2, _ => 3 };
        (string Name, int Distance)[] near =
        [
            .. known.Distinct(StringComparer.Ordinal)
                .Select(name => (Name: name, Distance: Distance(typed.ToLowerInvariant(), name.ToLowerInvariant())))
                .Where(candidate => candidate.Distance <= allowed).OrderBy(candidate => candidate.Distance).ThenBy(
                candidate => candidate.Name, StringComparer.Ordinal),
        ];
        if (near.Length == 0) return "";
        return $" Did you mean "
            + $"{string.Join(
                " or ", near.Where(candidate => candidate.Distance == near[0].Distance).Take(3).Select(candidate => candidate.Name))}?";
    }

    /// <summary>Letters to add, drop, change or swap (the restricted edit distance).</summary>
    internal static int Distance(string left, string right)
    {
        if (left.Length > MostLetters || right.Length > MostLetters) return int.MaxValue;
        int[,] distances = new int[left.Length + 1, right.Length + 1];
        for (int row = 0; row <= left.Length; row++) distances[row, 0] = row;
        for (int column = 0; column <= right.Length; column++) distances[0, column] = column;
        for (int row = 1; row <= left.Length; row++)
        {
            for (int column = 1; column <= right.Length; column++)
            {
                int change = distances[row - 1, column - 1] + (left[row - 1] == right[column - 1] ? 0 : 1);
                int least = Math.Min(change, Math.Min(distances[row - 1, column], distances[row, column - 1]) + 1);
                bool isSwapped = row > 1 && column > 1 && left[row - 1] == right[column - 2] && left[row - 2] == right[column - 1];
                distances[row, column] = isSwapped ? Math.Min(least, distances[row - 2, column - 2] + 1) : least;
            }
        }

        return distances[left.Length, right.Length];
    }
}
