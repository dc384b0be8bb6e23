"""What cloud-init makes of user-data, by its own code: cloud_parts.py USER-DATA FOLDER [MORE-CLOUD-CONFIG].

Writes the files of write_files below FOLDER, all that is run to FOLDER/run, a file each in the order in which cloud-init runs
them, and the merged cloud-config to FOLDER/config. MORE is put behind as a part of somebody else's.
"""
import os, sys
from email.mime.text import MIMEText

import yaml
from cloudinit import handlers, helpers, user_data, util
from cloudinit.handlers.cloud_config import CloudConfigPartHandler

folder = sys.argv[2]
os.makedirs(f"{folder}/run")
paths = helpers.Paths({"cloud_dir": f"{folder}/cloud", "run_dir": f"{folder}/cloud"})
paths.get_ipath = lambda name=None: f"{folder}/config"
message = user_data.UserDataProcessor(paths).process(open(sys.argv[1], "rb").read())
if len(sys.argv) > 3:
    message.attach(MIMEText(open(sys.argv[3]).read(), "cloud-config"))

config = CloudConfigPartHandler(paths)
scripts = []
config.handle_part(None, handlers.CONTENT_START, None, None, None, None)
for part in message.walk():
    kind, text = part.get_content_type(), util.fully_decoded_payload(part)
    if kind == "text/cloud-config":
        config.handle_part(None, kind, part.get_filename(), text, None, dict(part))
    elif kind == "text/x-shellscript":
        scripts.append(text)
    elif part.get_content_maintype() != "multipart":
        sys.exit(f"a part of no known type: {kind}")
config.handle_part(None, handlers.CONTENT_END, None, None, None, None)

merged = yaml.safe_load(open(f"{folder}/config")) or {}
for file in merged.get("write_files", []):
    target = folder + file["path"]
    os.makedirs(os.path.dirname(target), exist_ok=True)
    util.write_file(target, file["content"], mode=int(file["permissions"], 8))
if merged.get("runcmd"):
    scripts.insert(0, util.shellify(merged["runcmd"]))
for number, text in enumerate(scripts):
    util.write_file(f"{folder}/run/{number}", text, mode=0o700)
