namespace StellarPipeline.Postgres.Migrations;

/// <summary>
/// Splits SQL text into statements at semicolons, except those in strings, quoted names, dollar quotes, comments or parentheses.
/// </summary>
/// <remarks>
/// The lexical rules are those of the PostgreSQL manual, section 4.1: comments nest, <c>E''</c> strings have backslash escapes, other
/// strings have none. Parentheses count as in psql, for CREATE RULE. The body of <c>BEGIN ATOMIC</c> is not recognised: put it between
/// StatementBegin and StatementEnd.
/// </remarks>
internal ref struct SqlSplitter
{
    private readonly ReadOnlySpan<char> text;
    private readonly int firstLine;
    private int position;

    public SqlSplitter(ReadOnlySpan<char> text, int firstLine)
    {
        this.text = text;
        this.firstLine = firstLine;
        position = 0;
    }

    /// <summary>Reads the next statement.</summary>
    /// <param name="statement">The statement.</param>
    /// <param name="isTerminated">False when the text ended before a semicolon did.</param>
    /// <returns>False when only white space and comments are left.</returns>
    public bool TryRead(out MigrationStatement statement, out bool isTerminated)
    {
        int start = -1;
        int depth = 0;
        while (position < text.Length)
        {
            char letter = text[position];
            if (char.IsWhiteSpace(letter))
            {
                position++;
            }
            else if (letter == '-' && Next == '-')
            {
                SkipLine();
            }
            else if (letter == '/' && Next == '*')
            {
                SkipComment();
            }
            else if (letter == ';' && depth <= 0)
            {
                position++;
                if (start < 0)
                    continue;
                statement = Cut(start, position - 1);
                isTerminated = true;
                return true;
            }
            else
            {
                start = start < 0 ? position : start;
                depth += letter switch { '(' => 1, ')' => -1, _ => 0 };
                SkipToken(letter);
            }
        }

        statement = start < 0 ? new MigrationStatement("", firstLine) : Cut(start, text.Length);
        isTerminated = start < 0;
        return start >= 0;
    }

    private readonly char Next => position + 1 < text.Length ? text[position + 1] : '\0';

    private void SkipToken(char letter)
    {
        if (letter is '\'' or '"')
        {
            SkipQuoted(letter, hasEscapes: false);
        }
        else if (letter is 'E' or 'e' && Next == '\'')
        {
            position++;
            SkipQuoted('\'', hasEscapes: true);
        }
        else if (letter == '$')
        {
            SkipDollarQuoted();
        }
        else if (IsNameLetter(letter) || char.IsAsciiDigit(letter))
        {
            // Read the whole word, so that an E or a $ inside a name does not open a string.
            while (position < text.Length && (IsNameLetter(text[position]) || char.IsAsciiDigit(text[position]) || text[position] == '$'))
                position++;
        }
        else
        {
            position++;
        }
    }

    private void SkipLine()
    {
        int length = text[position..].IndexOf('\n');
        position = length < 0 ? text.Length : position + length;
    }

    private void SkipComment()
    {
        int depth = 0;
        while (position < text.Length)
        {
            if (text[position] == '/' && Next == '*')
            {
                depth++;
                position += 2;
            }
            else if (text[position] == '*' && Next == '/')
            {
                position += 2;
                if (--depth == 0)
                    return;
            }
            else
            {
                position++;
            }
        }
    }

    private void SkipQuoted(char quote, bool hasEscapes)
    {
        for (position++; position < text.Length; position++)
        {
            if (hasEscapes && text[position] == '\\')
            {
                position++;
            }
            else if (text[position] == quote)
            {
                // A doubled quote is a quote inside the string. Reading it as the end of one string and the start of the next has the same
                // effect.
                position++;
                if (position >= text.Length || text[position] != quote)
                    return;
            }
        }

        position = text.Length;
    }

    private void SkipDollarQuoted()
    {
        int end = position + 1;
        while (end < text.Length && (IsNameLetter(text[end]) || (end > position + 1 && char.IsAsciiDigit(text[end]))))
            end++;
        if (end >= text.Length || text[end] != '$')
        {
            // A parameter such as $1, or a stray dollar sign.
            position++;
            return;
        }

        ReadOnlySpan<char> tag = text[position..(end + 1)];
        int length = text[(end + 1)..].IndexOf(tag, StringComparison.Ordinal);
        position = length < 0 ? text.Length : end + 1 + length + tag.Length;
    }

    private static bool IsNameLetter(char letter) => char.IsAsciiLetter(letter) || letter == '_' || letter >= '\u0080';

    private readonly MigrationStatement Cut(int start, int end) =>
        new(text[start..end].TrimEnd().ToString(), firstLine + text[..start].Count('\n'));
}
