namespace StellarPipeline.Postgres.Load;

/// <summary>
/// Looks at the text of a constraint's expression: whether evaluating it can only compare values, and what stands for the value of a domain
/// in it.
/// </summary>
/// <remarks>
/// Functions of the server's own can run statements of others (query_to_xml), wait, or end sessions, and whoever owns a table writes its
/// constraints. Only the few that look at nothing but their argument are let through; functions, operators and types that are not the
/// server's own are found by their dependencies instead.
/// </remarks>
internal static class PlainExpression
{
    private const string Value = "VALUE";

    // What may stand before an opening parenthesis: words of the grammar, types with a modifier, and functions of their argument alone.
    private static readonly HashSet<string> MayOpen = new(StringComparer.OrdinalIgnoreCase)
    {
        "AND", "OR", "NOT", "ANY", "ALL", "IN", "IS", "CASE", "WHEN", "THEN", "ELSE", "COALESCE", "NULLIF", "GREATEST", "LEAST", "ROW",
        "CAST",
        "length", "char_length", "character_length", "octet_length", "lower", "upper", "btrim", "abs", "sign",
        "numeric", "varying", "character", "bpchar", "varchar", "char", "bit", "timestamp", "time", "interval",
    };

    /// <summary>Whether the expression only compares.</summary>
    public static bool Is(string expression)
    {
        bool isPlain = true;
        Walk(expression, (word, opens, isQuoted) =>
        {
            isPlain &= !opens || (!isQuoted && MayOpen.Contains(word));
            return word;
        });
        return isPlain;
    }

    /// <summary>Puts a value where the expression of a domain says VALUE.</summary>
    public static string WithValue(string expression, string value) =>
        Walk(expression, (word, _, isQuoted) => !isQuoted && word == Value ? value : word);

    private static string Walk(string text, Func<string, bool, bool, string> word)
    {
        var written = new System.Text.StringBuilder(text.Length);
        for (int at = 0; at < text.Length;)
        {
            char first = text[at];
            int end = at + 1;
            if (first is '\'' or '"')
            {
                while (end < text.Length && (text[end] != first || (end + 1 < text.Length && text[end + 1] == first)))
                    end += text[end] == first ? 2 : 1;
                end = Math.Min(end + 1, text.Length);
                written.Append(first == '"' ? word(text[at..end], Opens(text, end), true) : text[at..end]);
            }
            else if (char.IsLetter(first) || first == '_')
            {
                while (end < text.Length && (char.IsLetterOrDigit(text[end]) || text[end] is '_' or '$')) end++;

                // A string with escapes: its end is found by other rules, and such a constraint is rare.
                bool isEscape = first is 'E' && end == at + 1 && end < text.Length && text[end] == '\'';
                written.Append(word(text[at..end], isEscape || Opens(text, end), isEscape));
            }
            else
            {
                written.Append(first);
            }

            at = end;
        }

        return written.ToString();
    }

    private static bool Opens(string text, int at)
    {
        while (at < text.Length && char.IsWhiteSpace(text[at])) at++;
        return at < text.Length && text[at] == '(';
    }
}
