using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace StellarPipeline.Generator.Writing;

/// <summary>Damages a written archive in one way, to test that a reader detects it.</summary>
/// <remarks>
/// Methods named Rewrite… adapt names, state files and headers to the change, so that only the change itself is wrong; the others leave the
/// rest unchanged.
/// </remarks>
internal static class ArchiveDamage
{
    /// <summary>Flips all bits of one uncompressed byte of a gzip file and keeps the file's name.</summary>
    /// <param name="path">A bucket or ledger file.</param>
    /// <param name="offset">Uncompressed offset; counted from the end if negative.</param>
    public static void FlipContentByte(string path, long offset)
    {
        byte[] bytes = GzipFiles.Read(path);
        bytes[offset < 0 ? bytes.Length + offset : offset] ^= 0xff;
        GzipFiles.Write(path, bytes);
    }

    /// <summary>Flips all bits of one stored byte of a file, so that the compression itself is damaged.</summary>
    /// <param name="path">Any file.</param>
    /// <param name="offset">Offset in the file; counted from the end if negative.</param>
    public static void FlipStoredByte(string path, long offset)
    {
        byte[] bytes = File.ReadAllBytes(path);
        bytes[offset < 0 ? bytes.Length + offset : offset] ^= 0xff;
        File.WriteAllBytes(path, bytes);
    }

    /// <summary>Truncates a file.</summary>
    /// <param name="path">Any file.</param>
    /// <param name="keepBytes">Stored bytes to keep; if negative, bytes to remove from the end.</param>
    public static void CutOff(string path, long keepBytes)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Write);
        file.SetLength(keepBytes < 0 ? file.Length + keepBytes : keepBytes);
    }

    /// <summary>Appends bytes to a stored file, such as garbage or a second gzip member.</summary>
    /// <param name="path">Any file.</param>
    /// <param name="bytes">The bytes.</param>
    public static void Append(string path, ReadOnlySpan<byte> bytes)
    {
        using FileStream file = new(path, FileMode.Append, FileAccess.Write);
        file.Write(bytes);
    }

    /// <summary>Edits the JSON of both state files, the checkpoint's and the root's.</summary>
    /// <param name="archive">The archive.</param>
    /// <param name="edit">Changes the JSON.</param>
    public static void EditState(WrittenArchive archive, Action<JsonObject> edit)
    {
        ArgumentNullException.ThrowIfNull(archive);
        EditJson(archive.StatePath, edit);
        EditJson(archive.RootStatePath, edit);
    }

    /// <summary>Edits one JSON file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="edit">Changes the JSON.</param>
    public static void EditJson(string path, Action<JsonObject> edit)
    {
        ArgumentNullException.ThrowIfNull(edit);
        JsonObject json = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        edit(json);
        File.WriteAllText(path, json.ToJsonString());
    }

    /// <summary>
    /// Breaks the link of one header to the previous one; its own hash and the links of the later headers are adapted.
    /// </summary>
    /// <param name="archive">The archive.</param>
    /// <param name="index">Which header, 0 is the first in the file.</param>
    public static void BreakHeaderLink(WrittenArchive archive, int index) => EditHeaders(archive, headers =>
    {
        const int PreviousHashOffset = 32 + 4;
        headers[index][PreviousHashOffset] ^= 0xff;
        for (int record = index; record < headers.Count; record++)
        {
            if (record > index) headers[record - 1].AsSpan(0, 32).CopyTo(headers[record].AsSpan(PreviousHashOffset));
            SHA256.HashData(headers[record].AsSpan(32..^4), headers[record]);
        }
    });

    /// <summary>Gives one header record a wrong hash of its own header.</summary>
    /// <param name="archive">The archive.</param>
    /// <param name="index">Which header, 0 is the first in the file.</param>
    public static void FalsifyHeaderHash(WrittenArchive archive, int index) => EditHeaders(archive, headers => headers[index][0] ^= 0xff);

    /// <summary>Edits the record bodies of the ledger file: 32 bytes of hash, the header, 4 bytes of extension each.</summary>
    /// <param name="archive">The archive.</param>
    /// <param name="edit">Changes bytes of bodies, or the list.</param>
    public static void EditHeaders(WrittenArchive archive, Action<List<byte[]>> edit)
    {
        ArgumentNullException.ThrowIfNull(archive);
        ArgumentNullException.ThrowIfNull(edit);
        List<byte[]> headers = RecordFraming.Split(GzipFiles.Read(archive.LedgerPath));
        edit(headers);
        GzipFiles.Write(archive.LedgerPath, RecordFraming.Join(headers));
    }

    /// <summary>
    /// Edits the record bodies of one bucket, then adapts the file name, the state files and the headers to the new content: only the
    /// content is wrong.
    /// </summary>
    /// <param name="archive">The archive.</param>
    /// <param name="bucket">One of its buckets.</param>
    /// <param name="edit">Changes bytes of bodies (arm first), or the list.</param>
    /// <returns>The archive as it is now.</returns>
    public static WrittenArchive RewriteRecords(WrittenArchive archive, WrittenBucket bucket, Action<List<byte[]>> edit)
    {
        ArgumentNullException.ThrowIfNull(edit);
        return RewriteContent(archive, bucket, bytes =>
        {
            List<byte[]> records = RecordFraming.Split(bytes);
            edit(records);
            return RecordFraming.Join(records);
        });
    }

    /// <summary>
    /// Replaces the uncompressed bytes of one bucket, including the framing, then adapts the file name, the state files and the headers to
    /// the new content.
    /// </summary>
    /// <param name="archive">The archive.</param>
    /// <param name="bucket">One of its buckets.</param>
    /// <param name="edit">Returns the new bytes for the old ones.</param>
    /// <returns>The archive as it is now.</returns>
    public static WrittenArchive RewriteContent(WrittenArchive archive, WrittenBucket bucket, Func<byte[], byte[]> edit)
    {
        ArgumentNullException.ThrowIfNull(archive);
        ArgumentNullException.ThrowIfNull(bucket);
        ArgumentNullException.ThrowIfNull(edit);
        byte[] bytes = edit(bucket.File.IsEmpty ? [] : GzipFiles.Read(archive.PathOf(bucket)));
        string hash = Convert.ToHexStringLower(SHA256.HashData(bytes));
        WrittenBucket changed = bucket with { File = new BucketFile(hash, bucket.File.Records, bytes.Length, 0) };
        string path = archive.PathOf(changed);
        GzipFiles.Write(path, bytes, archive.Settings.Compression);
        changed = changed with { File = changed.File with { CompressedBytes = new FileInfo(path).Length } };
        return ArchiveWriter.Seal(
            archive.Folder, archive.Settings, [.. archive.Buckets.Select(other => other == bucket ? changed : other)]);
    }
}
