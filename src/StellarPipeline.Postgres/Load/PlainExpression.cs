namespace StellarPipeline.Postgres.Load;

/// <summary>
/// Decides from the text of a constraint's expression whether its evaluation only compares values, and replaces the VALUE of a domain's
/// expression.
/// </summary>
/// <remarks>
/// Some built-in functions run arbitrary statements (query_to_xml), wait, or end sessions, and the owner of a table writes its constraints.
/// Therefore only a few functions that depend on nothing but their argument are accepted. Functions, operators and types that are not built
/// in are found by their dependencies instead.
/// </remarks>
internal static class PlainExpression
{
    private const string Value = "VALUE";

    // Words allowed before an opening parenthesis: keywords, types with a modifier, and functions that depend only on their argument.
    private static readonly HashSet<string> MayOpen = new(StringComparer.OrdinalIgnoreCase)
    {
        "AND", "OR", "NOT", "ANY", "ALL", "IN", "IS", "CASE", "WHEN", "THEN", "ELSE", "COALESCE", "NULLIF", "GREATEST", "LEAST", "ROW",
        "CAST",
        "length", "char_length", "character_length", "octet_length", "lower", "upper", "btrim", "abs", "sign",
        "numeric", "varying", "character", "bpchar", "varchar", "char", "bit", "timestamp", "time", "interval",
    };

    /// <summary>Whether the expression only compares values.</summary>
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

    /// <summary>Replaces VALUE in the expression of a domain by a value.</summary>
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

                // A string with escapes ends by other rules, and such a constraint is rare.
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
