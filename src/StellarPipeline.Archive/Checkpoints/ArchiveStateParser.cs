using System.Text.Json;
using StellarPipeline.Archive.Buckets;
using StellarPipeline.Archive.Transport;
using StellarPipeline.Xdr;

namespace StellarPipeline.Archive.Checkpoints;

/// <summary>Reads the JSON text of a history archive state, versions 1 and 2.</summary>
/// <remarks>
/// Input: at most <see cref="MaximumBytes"/> bytes of UTF-8. Output: a complete <see cref="ArchiveState"/>.
/// Members may come in any order, and unknown members are ignored. Errors: a known member that occurs twice, a list without exactly eleven
/// levels, or a hash that is not 64 lower-case hexadecimal digits. <c>next</c> is a merge in progress and not part of the state: only its
/// JSON type is checked.
/// </remarks>
internal static class ArchiveStateParser
{
    /// <summary>Size limit of an archive state: 1 MiB. Real ones have about 10 KiB.</summary>
    public const int MaximumBytes = 1 << 20;

    /// <summary>Most characters of the network passphrase and of the server member: both appear in messages.</summary>
    public const int MaxTextChars = 1_024;

    private const int MaximumDepth = 16;

    /// <summary>Reads an archive state.</summary>
    /// <param name="json">The text, UTF-8.</param>
    /// <param name="file">The file's name, for messages.</param>
    /// <returns>The state.</returns>
    /// <exception cref="ArchiveException">The text is not an archive state (codes HAS_JSON, HAS_VERSION, HAS_LEVELS, HAS_NETWORK,
    /// SIZE_LIMIT).</exception>
    public static ArchiveState Parse(ReadOnlySpan<byte> json, string file)
    {
        if (json.Length > MaximumBytes)
            ArchiveThrow.FileTooLarge(file, MaximumBytes);
        ReadOnlySpan<byte> byteOrderMark = [0xef, 0xbb, 0xbf];
        if (json.StartsWith(byteOrderMark))
            json = json[byteOrderMark.Length..];
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaximumDepth });
        try
        {
            return new StateReader(file).Read(ref reader);
        }
        catch (JsonException error)
        {
            // The reader's own error may quote the whole text with any characters in it, so messages and logs get only the position.
            throw ArchiveThrow.StateNotJson(file, error.LineNumber, error.BytePositionInLine, json);
        }
        catch (InvalidOperationException error)
        {
            // Utf8JsonReader.GetString reports text that is not valid UTF-8 or UTF-16 this way.
            throw ArchiveThrow.StateNotText(file, reader.TokenStartIndex, error);
        }
    }

    /// <summary>Reads an archive state from an archive.</summary>
    /// <returns>The state; null if the file does not exist.</returns>
    /// <exception cref="ArchiveException">The file cannot be read, or is not an archive state.</exception>
    internal static async Task<ArchiveState?> ReadAsync(IArchiveTransport transport, string file, CancellationToken cancellationToken)
    {
        byte[]? json = await ArchiveFile.ReadTextAsync(transport, file, MaximumBytes, cancellationToken).ConfigureAwait(false);
        return json is null ? null : Parse(json, file);
    }

    private sealed class StateReader(string file)
    {
        private int? version;
        private uint? currentLedger;
        private string? networkPassphrase;
        private string? server;
        private BucketLevel[]? live;
        private BucketLevel[]? hotArchive;

        public ArchiveState Read(ref Utf8JsonReader reader)
        {
            reader.Read();
            Expect(ref reader, JsonTokenType.StartObject, "the archive state");
            while (NextMember(ref reader))
                ReadMember(ref reader);
            reader.Read();
            return Complete();
        }

        private void ReadMember(ref Utf8JsonReader reader)
        {
            if (reader.ValueTextEquals("version"u8))
                version = ReadVersion(ref reader, version);
            else if (reader.ValueTextEquals("currentLedger"u8))
                currentLedger = ReadLedger(ref reader, currentLedger);
            else if (reader.ValueTextEquals("networkPassphrase"u8))
                networkPassphrase = ReadText(ref reader, "networkPassphrase", networkPassphrase);
            else if (reader.ValueTextEquals("server"u8))
                server = ReadText(ref reader, "server", server);
            else if (reader.ValueTextEquals("currentBuckets"u8))
                live = ReadLevels(ref reader, "currentBuckets", live);
            else if (reader.ValueTextEquals("hotArchiveBuckets"u8))
                hotArchive = ReadLevels(ref reader, "hotArchiveBuckets", hotArchive);
            else
                Skip(ref reader);
        }

        private ArchiveState Complete()
        {
            if (version is null)
                ArchiveThrow.StateShape(file, "\"version\" is missing");
            if (currentLedger is null)
                ArchiveThrow.StateShape(file, "\"currentLedger\" is missing");
            if (live is null)
                ArchiveThrow.StateLevels(file, "\"currentBuckets\" is missing");
            if (version == 2 && hotArchive is null)
                ArchiveThrow.StateLevels(file, "\"hotArchiveBuckets\" is missing, although version 2 requires it");
            string? passphrase = string.IsNullOrEmpty(networkPassphrase) ? null : networkPassphrase;
            if (version == 2 && passphrase is null)
                ArchiveThrow.StateWithoutNetwork(file);
            return new ArchiveState(version.Value, currentLedger.Value, passphrase, server, live, version == 2 ? hotArchive! : []);
        }

        private int ReadVersion(ref Utf8JsonReader reader, int? before)
        {
            RefuseSecond("version", before is not null);
            reader.Read();
            int value = 0;
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out value))
                ArchiveThrow.StateShape(file, "\"version\" is not a whole number");
            if (value is not (1 or 2))
                ArchiveThrow.StateVersion(file, value);
            return value;
        }

        private uint ReadLedger(ref Utf8JsonReader reader, uint? before)
        {
            RefuseSecond("currentLedger", before is not null);
            reader.Read();
            uint value = 0;
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetUInt32(out value))
                ArchiveThrow.StateShape(file, "\"currentLedger\" is not a whole number of 32 bits");
            return value;
        }

        private string ReadText(ref Utf8JsonReader reader, string member, string? before)
        {
            RefuseSecond(member, before is not null);
            reader.Read();
            Expect(ref reader, JsonTokenType.String, $"\"{member}\"");
            string text = reader.GetString()!;
            if (text.Length > MaxTextChars || text.Any(char.IsControl))
                ArchiveThrow.StateText(file, member, text.Length, MaxTextChars);
            return text;
        }

        private BucketLevel[] ReadLevels(ref Utf8JsonReader reader, string member, BucketLevel[]? before)
        {
            RefuseSecond(member, before is not null);
            reader.Read();
            Expect(ref reader, JsonTokenType.StartArray, $"\"{member}\"");
            var levels = new BucketLevel[ArchiveState.LevelCount];
            int count = 0;
            for (reader.Read(); reader.TokenType != JsonTokenType.EndArray; reader.Read(), count++)
            {
                BucketLevel level = ReadLevel(ref reader, member, count);
                if (count < levels.Length)
                    levels[count] = level;
            }

            if (count != ArchiveState.LevelCount)
                ArchiveThrow.StateLevelCount(file, member, count);
            return levels;
        }

        private BucketLevel ReadLevel(ref Utf8JsonReader reader, string list, int level)
        {
            string place = $"{list}[{level}]";
            Expect(ref reader, JsonTokenType.StartObject, place);
            Hash256? curr = null;
            Hash256? snap = null;
            bool hasNext = false;
            while (NextMember(ref reader))
            {
                if (reader.ValueTextEquals("curr"u8))
                    curr = ReadHash(ref reader, $"{place}.curr", curr);
                else if (reader.ValueTextEquals("snap"u8))
                    snap = ReadHash(ref reader, $"{place}.snap", snap);
                else if (reader.ValueTextEquals("next"u8))
                    hasNext = ReadNext(ref reader, $"{place}.next", hasNext);
                else
                    Skip(ref reader);
            }

            if (curr is null)
                ArchiveThrow.StateLevels(file, $"{place}.curr is missing");
            if (snap is null)
                ArchiveThrow.StateLevels(file, $"{place}.snap is missing");
            return new BucketLevel(curr.Value, snap.Value);
        }

        private Hash256 ReadHash(ref Utf8JsonReader reader, string place, Hash256? before)
        {
            RefuseSecond(place, before is not null);
            reader.Read();
            Hash256 hash = default;
            if (reader.TokenType != JsonTokenType.String || !Hash256.TryParse(reader.GetString(), out hash))
                ArchiveThrow.StateLevels(file, $"{place} is not a hash of 64 lower-case hexadecimal digits");
            return hash;
        }

        private bool ReadNext(ref Utf8JsonReader reader, string place, bool before)
        {
            RefuseSecond(place, before);
            reader.Read();
            Expect(ref reader, JsonTokenType.StartObject, place);
            reader.Skip();
            return true;
        }

        private void RefuseSecond(string member, bool seenBefore)
        {
            if (seenBefore)
                ArchiveThrow.StateShape(file, $"\"{member}\" occurs twice");
        }

        private void Expect(ref Utf8JsonReader reader, JsonTokenType token, string place)
        {
            if (reader.TokenType != token)
                ArchiveThrow.StateShape(file, $"{place} is {Name(reader.TokenType)} instead of {Name(token)}");
        }

        private static bool NextMember(ref Utf8JsonReader reader)
        {
            reader.Read();
            return reader.TokenType == JsonTokenType.PropertyName;
        }

        private static void Skip(ref Utf8JsonReader reader)
        {
            reader.Read();
            reader.Skip();
        }

        private static string Name(JsonTokenType token) => token switch
        {
            JsonTokenType.StartObject => "an object",
            JsonTokenType.StartArray => "an array",
            JsonTokenType.String => "a string",
            JsonTokenType.Number => "a number",
            JsonTokenType.True or JsonTokenType.False => "true or false",
            JsonTokenType.Null => "null",
            _ => "something else",
        };
    }
}
